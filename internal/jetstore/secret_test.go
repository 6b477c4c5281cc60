package jetstore

import "testing"

func TestSecretsOfANATSURLAreNotShown(t *testing.T) {
	for url, want := range map[string]string{
		"nats://127.0.0.1:4222":                       "nats://127.0.0.1:4222",
		"nats://user:secret@host:4222":                "nats://host:4222",
		"nats://token@host":                           "nats://host",
		"nats://a:secret@one:1, tls://b:secret@two:2": "nats://one:1,tls://two:2",
		"user:secret@host:4222":                       "host:4222",
	} {
		if got := WithoutSecrets(url); got != want {
			t.Errorf("%s is shown as %s", url, got)
		}
	}
}
