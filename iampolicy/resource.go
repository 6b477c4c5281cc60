package iampolicy

import "strings"

// arnGlob is a Resource value or an Arn* condition value: five segments that
// match one by one, and the rest as one string, colons and slashes included
// (AM-60, AM-90).
type arnGlob struct {
	all  bool // the lone "*"
	head [5]glob
	tail glob
	text string
}

// compileARN reads s; variables count only after the fifth colon (AM-70).
func compileARN(s string, vars bool) (arnGlob, string) {
	g := arnGlob{text: s, all: s == "*"}
	if g.all {
		return g, ""
	}
	parts := splitARN(s)
	if parts == nil {
		return g, quote(s) + " is neither an ARN nor \"*\""
	}
	var problem string
	for i := range g.head {
		if g.head[i], problem = compileGlob(parts[i], true, false); problem != "" {
			return g, problem
		}
	}
	g.tail, problem = compileGlob(parts[5], true, vars)
	return g, problem
}

// splitARN cuts at the first five colons; nil when there are fewer.
func splitARN(s string) []string {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[5] == "" {
		return nil
	}
	return parts
}

func (g *arnGlob) match(arn string, ctx Context) bool {
	if g.all {
		return true
	}
	for i := range g.head {
		segment, rest, ok := strings.Cut(arn, ":")
		if !ok || !g.head[i].match(segment, nil) {
			return false
		}
		arn = rest
	}
	return g.tail.match(arn, ctx)
}

func (s *Statement) matchResource(arn string, ctx Context) bool {
	if len(s.resources) == 0 {
		return true // trust policies have none: the role itself is meant
	}
	for i := range s.resources {
		if s.resources[i].match(arn, ctx) {
			return !s.notResource
		}
	}
	return s.notResource
}
