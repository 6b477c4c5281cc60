package answer

import (
	"testing"
	"time"
)

func TestTimesOfDocumentsAreReadInEveryForm(t *testing.T) {
	for _, s := range []string{"2026-11-24T22:00:01Z", "2026-11-24T22:00:01.500Z", "2024-02-29T00:00:00.000Z", "2026-12-31T23:59:59.999Z", "2026-11-24T22:00:01.123456Z", "2026-11-24T22:00:01+02:00"} {
		want, err := time.Parse(time.RFC3339, s)
		if got := isoTime([]byte(s)); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%s became %s", s, got)
		}
	}
	for _, s := range []string{"", "2026-13-24T22:00:01Z", "2026-02-30T22:00:01Z", "2026-11-24 22:00:01Z", "2026-11-24T22:00:01.5000", "x"} {
		if got := isoTime([]byte(s)); !got.IsZero() {
			t.Errorf("%q became %s", s, got)
		}
	}
}
