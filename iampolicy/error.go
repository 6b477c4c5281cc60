package iampolicy

import "fmt"

// Error says why a document is not a policy. Message is the sentence that AWS
// answers (S3: MalformedPolicy, IAM: MalformedPolicyDocument); Detail, Pointer
// and the position say where and what, which AWS leaves out.
type Error struct {
	Message string
	Detail  string
	Pointer string // JSON pointer, "/Statement/0/Effect"
	Line    int    // 1 for the first; 0 when the whole document is meant
	Column  int    // 1 for the first, counted in bytes
}

// Error is one line: AWS's sentence, then the place, then what is wrong there.
func (e *Error) Error() string {
	s := e.Message
	if e.Line > 0 {
		s += fmt.Sprintf(" (line %d, column %d)", e.Line, e.Column)
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// fault makes an Error at n's place.
func fault(n *node, message, format string, args ...any) *Error {
	e := &Error{Message: message, Detail: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Pointer, e.Line, e.Column = n.pointer, n.pos.Line, n.pos.Column
	}
	return e
}
