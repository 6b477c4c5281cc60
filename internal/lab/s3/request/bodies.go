package request

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/transship/transship/internal/lab/s3/checksum"
	"github.com/transship/transship/internal/lab/s3/reply"
)

// maxDocument bounds XML bodies: a list of 10,000 parts, or of 1,000 keys.
const maxDocument = 4 << 20

// ReadAll reads a body that may be at most limit bytes long.
func ReadAll(body io.Reader, limit int64) ([]byte, error) {
	p, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(p)) > limit {
		return nil, reply.New("MaxMessageLengthExceeded")
	}
	return p, nil
}

func readXML(body io.Reader, root string, into any) error {
	p, err := ReadAll(body, maxDocument)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(p)) == 0 {
		return reply.New("MissingRequestBodyError")
	}
	d := xml.NewDecoder(bytes.NewReader(p))
	for {
		t, err := d.Token()
		if err != nil {
			return reply.New("MalformedXML")
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != root || d.DecodeElement(into, &start) != nil {
			return reply.New("MalformedXML")
		}
		return nil
	}
}

// Doomed is one entry of DeleteObjects.
type Doomed struct {
	Key, VersionID string
	ETag           string // If-Match; empty: none
}

// ReadDelete reads the body of DeleteObjects.
func ReadDelete(body io.Reader) (list []Doomed, quiet bool, err error) {
	var doc struct {
		Quiet  bool
		Object []struct {
			Key              string
			VersionId        string
			ETag             string
			LastModifiedTime string
			Size             string
		}
	}
	if err := readXML(body, "Delete", &doc); err != nil {
		return nil, false, err
	}
	if len(doc.Object) == 0 || len(doc.Object) > 1000 {
		return nil, false, reply.New("MalformedXML")
	}
	for _, o := range doc.Object {
		if o.Key == "" {
			return nil, false, reply.Say("UserKeyMustBeSpecified", "The bucket POST must contain the specified field name. If it is specified, check the order of the fields.")
		}
		if o.LastModifiedTime != "" || o.Size != "" {
			return nil, false, reply.Say("NotImplemented", "DeleteObjects with LastModifiedTime or Size is not implemented.")
		}
		list = append(list, Doomed{o.Key, o.VersionId, strings.Trim(o.ETag, `"`)})
	}
	return list, doc.Quiet, nil
}

// ChosenPart is one entry of CompleteMultipartUpload.
type ChosenPart struct {
	Number    int
	ETag      string
	Checksums map[string]string // by algorithm
}

// ReadComplete reads the body of CompleteMultipartUpload: 1 to 10,000 parts in
// ascending order.
func ReadComplete(body io.Reader) ([]ChosenPart, error) {
	var doc struct {
		Part []struct {
			PartNumber        int
			ETag              string
			ChecksumCRC32     string
			ChecksumCRC32C    string
			ChecksumCRC64NVME string
			ChecksumSHA1      string
			ChecksumSHA256    string
		}
	}
	if err := readXML(body, "CompleteMultipartUpload", &doc); err != nil {
		return nil, err
	}
	if len(doc.Part) == 0 || len(doc.Part) > 10_000 {
		return nil, reply.New("MalformedXML")
	}
	var parts []ChosenPart
	for i, p := range doc.Part {
		if p.PartNumber < 1 || p.PartNumber > 10_000 {
			return nil, reply.Argument("partNumber", "", "Part number must be an integer between 1 and 10000, inclusive")
		}
		if i > 0 && p.PartNumber <= doc.Part[i-1].PartNumber {
			return nil, reply.New("InvalidPartOrder")
		}
		c := ChosenPart{Number: p.PartNumber, ETag: strings.Trim(p.ETag, `"`), Checksums: map[string]string{}}
		for a, v := range map[string]string{checksum.CRC32: p.ChecksumCRC32, checksum.CRC32C: p.ChecksumCRC32C,
			checksum.CRC64NVME: p.ChecksumCRC64NVME, checksum.SHA1: p.ChecksumSHA1, checksum.SHA256: p.ChecksumSHA256} {
			if v != "" {
				c.Checksums[a] = v
			}
		}
		parts = append(parts, c)
	}
	return parts, nil
}

// ReadLocation reads the body of CreateBucket; empty: none given.
func ReadLocation(body io.Reader) (string, error) {
	var doc struct {
		LocationConstraint string
		Location           *struct{}
		Bucket             *struct{}
	}
	err := readXML(body, "CreateBucketConfiguration", &doc)
	var f *reply.Fault
	if errors.As(err, &f) && f.Code == "MissingRequestBodyError" {
		return "", nil
	}
	if err == nil && (doc.Location != nil || doc.Bucket != nil) {
		err = reply.Say("NotImplemented", "Directory buckets are not implemented.")
	}
	return strings.TrimSpace(doc.LocationConstraint), err
}

// ReadVersioning reads the body of PutBucketVersioning.
func ReadVersioning(body io.Reader) (string, error) {
	var doc struct {
		Status    string
		MfaDelete string
	}
	if err := readXML(body, "VersioningConfiguration", &doc); err != nil {
		return "", err
	}
	if doc.MfaDelete == "Enabled" {
		return "", reply.Say("NotImplemented", "MFA delete is not implemented.")
	}
	if doc.Status != "Enabled" && doc.Status != "Suspended" {
		return "", reply.Say("IllegalVersioningConfigurationException", "The Versioning element must be specified")
	}
	return doc.Status, nil
}

// ReadOwnership reads the body of PutBucketOwnershipControls.
func ReadOwnership(body io.Reader) (string, error) {
	var doc struct {
		Rule []struct{ ObjectOwnership string }
	}
	if err := readXML(body, "OwnershipControls", &doc); err != nil {
		return "", err
	}
	if len(doc.Rule) != 1 || !IsOwnership(doc.Rule[0].ObjectOwnership) {
		return "", reply.New("MalformedXML")
	}
	return doc.Rule[0].ObjectOwnership, nil
}

// IsOwnership reports whether s is one of the three settings (AM-161).
func IsOwnership(s string) bool {
	return s == "BucketOwnerEnforced" || s == "BucketOwnerPreferred" || s == "ObjectWriter"
}
