package sigv4

// Credentials sign requests. SessionToken is empty for a long-term key.
type Credentials struct {
	AccessKey    string
	Secret       string
	SessionToken string
}

// String leaves the secrets out.
func (c Credentials) String() string { return c.AccessKey }

// GoString leaves the secrets out.
func (c Credentials) GoString() string { return c.AccessKey }
