package iampolicy

import "strings"

// compileAction reads one Action value: "*", or service:pattern where only the
// part after the colon may hold wildcards. Case does not matter (AM-57).
func compileAction(s string) (glob, string) {
	if s == "*" {
		g, _ := compileGlob(s, true, false)
		return g, ""
	}
	service, name, ok := strings.Cut(s, ":")
	if !ok || service == "" || name == "" {
		return glob{}, "action " + quote(s) + " is not service:Name"
	}
	for _, c := range service {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return glob{}, "the service in action " + quote(s) + " may not hold " + quote(string(c))
		}
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("*?-_", c)) {
			return glob{}, "action " + quote(s) + " may not hold " + quote(string(c))
		}
	}
	g, problem := compileGlob(strings.ToLower(s), true, false)
	g.text = s
	return g, problem
}

// matchAction takes the action in lower case.
func (s *Statement) matchAction(action string) bool {
	for i := range s.actions {
		if s.actions[i].match(action, nil) {
			return !s.notAction
		}
	}
	return s.notAction
}
