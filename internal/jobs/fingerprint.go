package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/transship/transship"
)

// Fingerprint is equal for two requests that ask for the same job (reference
// 2.4): the order in lists counts, white space of the request does not, nor do
// the account, the creator and the token.
func Fingerprint(job transship.Job) string {
	asked := struct {
		Operation    transship.Operation
		Manifest     transship.Manifest
		Report       transship.Report
		RoleARN      string
		Profiles     *transship.Profiles
		Priority     int32
		Description  string
		Tags         []transship.Tag `json:",omitempty"` // no tags and an empty list are one
		Confirmation bool
	}{job.Operation, job.Manifest, job.Report, job.RoleARN, job.Profiles, job.Priority, job.Description, job.Tags, job.Confirmation}
	if c := asked.Operation.Copy; c != nil {
		c := *c
		if c.NewTagging != nil {
			// A pointer to a nil list is written like no pointer at all.
			tags := append([]transship.Tag{}, *c.NewTagging...)
			c.NewTagging = &tags
		}
		c.ModifiedSince, c.UnmodifiedSince, c.RetainUntil = utc(c.ModifiedSince), utc(c.UnmodifiedSince), utc(c.RetainUntil)
		if c.NewMetadata != nil {
			m := *c.NewMetadata
			m.Expires = utc(m.Expires)
			c.NewMetadata = &m
		}
		asked.Operation.Copy = &c
	}
	var tree any
	text, err := json.Marshal(asked)
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err == nil {
		text, err = json.Marshal(withoutZeros(tree))
	}
	if err != nil {
		// Only a time beyond the year 9999 cannot be written; Validate refuses it.
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// withoutZeros drops members that say nothing, so that a field which a later
// version adds does not change the fingerprint of a request that leaves it out.
// Empty lists and structures stay: there, present and absent differ.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			switch member {
			case nil, "", false, float64(0), "0001-01-01T00:00:00Z":
				delete(v, name)
			default:
				v[name] = withoutZeros(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
	}
	return v
}
