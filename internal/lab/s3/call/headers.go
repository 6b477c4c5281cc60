package call

import "github.com/transship/transship/internal/lab/s3/reply"

// EncryptionHeader says what S3 has said of every object since 2023.
func (c *Call) EncryptionHeader() {
	c.W.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
}

// VersionHeader names a version, but not in a bucket that never had any.
func (c *Call) VersionHeader(id string) {
	if c.Record.Versioning != "" && id != "" {
		c.W.Header().Set("X-Amz-Version-Id", id)
	}
}

// CommonPrefixes writes the groups of a listing; show is how keys are shown.
func CommonPrefixes(x *reply.XML, show func(string) string, prefixes []string) {
	for _, p := range prefixes {
		x.Open("CommonPrefixes").Text("Prefix", show(p)).Close()
	}
}

// ShownClass is a storage class as listings show it.
func ShownClass(class string) string {
	if class == "" {
		return "STANDARD"
	}
	return class
}
