package answer

import "github.com/transship/transship"

// Call is the call that is answered; errors name it.
type Call struct {
	Op          string // as the S3 API names it
	Bucket, Key string
	Read        bool // safe to repeat
}

// Invalid refuses what the caller gave, before anything was sent.
func (q *Call) Invalid(message string) error {
	return &transship.Error{Code: transship.Invalid, Op: q.Op, Bucket: q.Bucket, Key: q.Key, Message: message}
}

// Damaged is the error of an answer that cannot be right.
func (q *Call) Damaged(message string) error {
	return &transship.Error{Code: transship.Damaged, Op: q.Op, Bucket: q.Bucket, Key: q.Key, Message: message}
}

// broken is worth another attempt, since reading changes nothing.
func (q *Call) broken(root string) error {
	return &transship.Error{Code: transship.Unavailable, Op: q.Op, Bucket: q.Bucket, Key: q.Key,
		Message: "the store's answer is not a whole " + root}
}
