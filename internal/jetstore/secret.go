package jetstore

import (
	"net/url"
	"strings"
)

// WithoutSecrets is a list of NATS URLs as it may be shown: users, passwords
// and tokens are left out.
func WithoutSecrets(urls string) string {
	shown := strings.Split(urls, ",")
	for i, one := range shown {
		one = strings.TrimSpace(one)
		if u, err := url.Parse(one); err == nil && u.Host != "" {
			u.User = nil
			shown[i] = u.String()
			continue
		}
		shown[i] = one[strings.LastIndexByte(one, '@')+1:]
	}
	return strings.Join(shown, ",")
}
