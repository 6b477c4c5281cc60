package answer

import "github.com/transship/transship"

// Versioning reads a bucket's versioning: Enabled, Suspended, or empty.
func (q *Call) Versioning(body []byte) (status string, err error) {
	err = q.document(body, "VersioningConfiguration", func(_, name string, text []byte) error {
		if name == "Status" {
			status = string(text)
		}
		return nil
	})
	return status, err
}

// Tags reads an object's tags, in the order of the answer.
func (q *Call) Tags(body []byte) ([]transship.Tag, error) {
	var out []transship.Tag
	var tag transship.Tag
	err := q.document(body, "Tagging", func(parent, name string, text []byte) error {
		switch {
		case parent == "Tag" && name == "Key":
			tag.Key = string(text)
		case parent == "Tag" && name == "Value":
			tag.Value = string(text)
		case name == "Tag":
			out = append(out, tag)
			tag = transship.Tag{}
		}
		return nil
	})
	return out, err
}
