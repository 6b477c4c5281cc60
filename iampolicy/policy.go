package iampolicy

import "fmt"

// Kind is where a policy stands, which decides its grammar (AM-53).
type Kind int

// The kinds that Parse understands.
const (
	Identity Kind = iota + 1 // attached to a user or role; no Principal
	Resource                 // bucket policy; Principal and Resource
	Trust                    // a role's trust policy; Principal, no Resource
)

// String is the word for a kind in messages.
func (k Kind) String() string {
	switch k {
	case Identity:
		return "identity policy"
	case Resource:
		return "bucket policy"
	case Trust:
		return "trust policy"
	}
	return fmt.Sprintf("policy kind %d", int(k))
}

// Limit is the greatest size of a document of this kind, in bytes (AM-56; IAM
// quotas: inline role policies 10,240 in all, trust policies 4,096 at most).
func (k Kind) Limit() int {
	switch k {
	case Identity:
		return 10240
	case Trust:
		return 4096
	}
	return 20480
}

// maxDocument bounds what is read at all, white space included (IAM API
// reference, PutRolePolicy: PolicyDocument).
const maxDocument = 131072

// weigh counts what counts towards the limit: IAM leaves white space out.
func (k Kind) weigh(doc []byte) int {
	if k == Resource {
		return len(doc)
	}
	n := 0
	for _, c := range doc {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			n++
		}
	}
	return n
}

// Effect is what a statement, or a whole policy, says to a request. The empty
// Effect is silence: the policy says nothing about it.
type Effect string

// The two effects; case matters (AM-55).
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Position is a place in the document, both counted from 1, columns in bytes.
type Position struct{ Line, Column int }

// Policy is one parsed and compiled document. It is immutable and may be used
// by several goroutines at once.
type Policy struct {
	Kind       Kind
	Version    string // "2012-10-17" or "2008-10-17"; absent means the latter (AM-50)
	ID         string
	Statements []*Statement
	source     []byte
}

// Source is the document as it was given to Parse. The caller must not change it.
func (p *Policy) Source() []byte { return p.source }

// Statement is one compiled statement.
type Statement struct {
	Sid      string
	Index    int // 0 for the first
	Effect   Effect
	Position Position

	pointer      string
	principal    *principals // nil in identity policies
	notPrincipal bool
	actions      []glob
	notAction    bool
	resources    []arnGlob
	notResource  bool
	conditions   []condition

	actionNodes   []*node
	resourceNodes []*node
}

// Name is the statement's Sid, or its ordinal where it has none, for messages.
func (s *Statement) Name() string {
	if s == nil {
		return ""
	}
	if s.Sid != "" {
		return s.Sid
	}
	return fmt.Sprintf("number %d", s.Index+1)
}
