package store

import (
	"io"
	"strings"
	"testing"
)

// object makes an object of parts with these bodies.
func (s *Store) object(t *testing.T, key string, bodies ...string) Version {
	t.Helper()
	u, err := s.CreateUpload(Upload{Bucket: "b", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range bodies {
		w, err := s.NewBody()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, body)
		b, err := w.Finish()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutPart(u, Part{Number: i + 1, ETag: "e"}, b); err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.Complete(u, nil, nil, func(parts []Part) (Version, []Part, error) {
		return Version{Bucket: "b", Key: key, ETag: "e-2"}, parts, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAReaderKeepsWhatItOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer s.Close()
	s.CreateBucket(Bucket{Name: "b"})
	v := s.object(t, "k", strings.Repeat("1", 100), strings.Repeat("2", 100), "small", strings.Repeat("3", 100))
	r, err := s.OpenBody(&v, 50, 255)
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, "b", "k", "other")
	got, err := io.ReadAll(r)
	if want := strings.Repeat("1", 50) + strings.Repeat("2", 100) + "small" + strings.Repeat("3", 100); err != nil || string(got) != want {
		t.Errorf("read %q, %v", got, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if n := len(files(t, dir)); n != 0 {
		t.Errorf("%d files are left of an object that was replaced", n)
	}
	if _, err := s.OpenBody(&v, 0, 305); !Gone(err) {
		t.Errorf("a body that is gone opens with %v", err)
	}
}
