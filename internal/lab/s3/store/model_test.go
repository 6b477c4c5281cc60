package store

import (
	"fmt"
	"io"
	"math/rand"
	"sort"
	"strings"
	"testing"

	"github.com/transship/transship"
)

// model is what a bucket should hold: the versions of each key, newest first.
type model struct {
	versioning string
	keys       map[string][]modelVersion
}

type modelVersion struct {
	id, body string
	marker   bool
}

func (m *model) dropNull(key string) {
	var kept []modelVersion
	for _, v := range m.keys[key] {
		if v.id != transship.NullVersion {
			kept = append(kept, v)
		}
	}
	m.set(key, kept)
}

func (m *model) set(key string, versions []modelVersion) {
	if len(versions) == 0 {
		delete(m.keys, key)
		return
	}
	m.keys[key] = versions
}

func (m *model) add(key string, v modelVersion) {
	if m.versioning != "Enabled" {
		m.dropNull(key)
	}
	m.keys[key] = append([]modelVersion{v}, m.keys[key]...)
}

type line struct {
	key, id string // id empty: a common prefix
	marker  bool
}

// list is the whole listing behind a marker.
func (m *model) list(q ListQuery) []line {
	var names []string
	for k := range m.keys {
		if strings.HasPrefix(k, q.Prefix) {
			names = append(names, k)
		}
	}
	sort.Strings(names)
	var out []line
	for _, k := range names {
		for i, v := range m.keys[k] {
			if !q.Versions && (i > 0 || v.marker) {
				break
			}
			if k <= q.After {
				continue
			}
			if q.Delimiter != "" {
				if j := strings.Index(k[len(q.Prefix):], q.Delimiter); j >= 0 {
					group := k[:len(q.Prefix)+j+len(q.Delimiter)]
					if group != q.After && (len(out) == 0 || out[len(out)-1] != (line{key: group})) {
						out = append(out, line{key: group})
					}
					continue
				}
			}
			out = append(out, line{k, v.id, v.marker})
		}
	}
	return out
}

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Config{Dir: dir, Inline: 8})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) put(t testing.TB, bucket, key, body string) Version {
	t.Helper()
	w, err := s.NewBody()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, body)
	b, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Put(Version{Bucket: bucket, Key: key, ETag: "e", Owner: "1"}, b, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (s *Store) read(v *Version) (string, error) {
	r, err := s.OpenBody(v, 0, v.Size)
	if err != nil {
		return "", err
	}
	defer r.Close()
	p, err := io.ReadAll(r)
	return string(p), err
}

// TestRandomWorkAgainstTheModel does random things to a bucket, compares
// listings of every kind page by page and every body, and opens the store
// anew in between.
func TestRandomWorkAgainstTheModel(t *testing.T) {
	for seed := range int64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewSource(seed))
			dir := t.TempDir()
			s := openStore(t, dir)
			defer func() { s.Close() }()
			if _, err := s.CreateBucket(Bucket{Name: "b"}); err != nil {
				t.Fatal(err)
			}
			// A neighbour whose records lie around those of the bucket.
			for _, name := range []string{"a", "b0", "b-"} {
				s.CreateBucket(Bucket{Name: name})
				s.put(t, name, "neighbour", "x")
			}
			m := &model{keys: map[string][]modelVersion{}}
			for step := range 250 {
				m.step(t, s, random)
				if step%25 == 24 {
					m.compare(t, s, random)
				}
				if step%100 == 99 {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					s = openStore(t, dir)
				}
			}
			m.compare(t, s, random)
		})
	}
}

func randomKey(random *rand.Rand) string {
	alphabet := []string{"a", "b", "/", "\x00", "\x01", "\xc3\xbc", "z", "\xf4\x8f\xbf\xbf"}
	var b strings.Builder
	for range 1 + random.Intn(4) {
		b.WriteString(alphabet[random.Intn(len(alphabet))])
	}
	return b.String()
}

func (m *model) step(t *testing.T, s *Store, random *rand.Rand) {
	key := randomKey(random)
	switch n := random.Intn(20); {
	case n == 0:
		m.versioning = []string{"Enabled", "Suspended"}[random.Intn(2)]
		if err := s.UpdateBucket("b", func(b *Bucket) error { b.Versioning = m.versioning; return nil }); err != nil {
			t.Fatal(err)
		}
	case n < 4:
		d, err := s.Delete("b", key, "", "1", nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.versioning == "" {
			m.dropNull(key)
		} else {
			m.add(key, modelVersion{id: d.VersionID, marker: true})
		}
	case n < 6:
		for k, versions := range m.keys {
			i := random.Intn(len(versions))
			if _, err := s.Delete("b", k, versions[i].id, "1", nil); err != nil {
				t.Fatal(err)
			}
			m.set(k, append(append([]modelVersion{}, versions[:i]...), versions[i+1:]...))
			break
		}
	case n < 9:
		for k, versions := range m.keys {
			from := versions[random.Intn(len(versions))]
			if from.marker {
				break
			}
			src, err := s.Get("b", k, from.id)
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Share(src)
			if err != nil {
				t.Fatal(err)
			}
			v, err := s.Put(Version{Bucket: "b", Key: key, ETag: "e"}, b, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			m.add(key, modelVersion{id: v.ID, body: from.body})
			break
		}
	default:
		body := strings.Repeat("x", random.Intn(20)) + key
		v := s.put(t, "b", key, body)
		m.add(key, modelVersion{id: v.ID, body: body})
	}
}

func (m *model) compare(t *testing.T, s *Store, random *rand.Rand) {
	t.Helper()
	for k, versions := range m.keys {
		for i, want := range versions {
			v, err := s.Get("b", k, want.id)
			if err != nil || v.Latest != (i == 0) || v.Marker != want.marker {
				t.Fatalf("%q %s: %+v %v", k, want.id, v, err)
			}
			if got, err := s.read(&v); !want.marker && (err != nil || got != want.body) {
				t.Fatalf("%q %s: body %q %v, want %q", k, want.id, got, err, want.body)
			}
		}
	}
	for range 20 {
		q := ListQuery{Bucket: "b", Versions: random.Intn(2) == 0, Max: 1 + random.Intn(5)}
		if random.Intn(2) == 0 {
			q.Prefix = randomKey(random)
		}
		if random.Intn(2) == 0 {
			q.Delimiter = []string{"/", "a", "\x00", "b/"}[random.Intn(4)]
		}
		if random.Intn(3) == 0 {
			q.After = randomKey(random)
		}
		want := fmt.Sprintf("%+v", m.list(q))
		if got := fmt.Sprintf("%+v", pages(t, s, q)); got != want {
			t.Fatalf("listing %+v\ngot  %s\nwant %s", q, got, want)
		}
	}
}

// pages reads a listing page by page.
func pages(t *testing.T, s *Store, q ListQuery) []line {
	var out []line
	for {
		p, err := s.List(q)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.Versions) + len(p.Prefixes); n > q.Max || p.Truncated && n < q.Max {
			t.Fatalf("a page has %d of %d lines", n, q.Max)
		}
		var page []line
		for _, v := range p.Versions {
			page = append(page, line{v.Key, v.ID, v.Marker})
		}
		for _, prefix := range p.Prefixes {
			page = append(page, line{key: prefix})
		}
		sort.SliceStable(page, func(i, j int) bool { return page[i].key < page[j].key })
		out = append(out, page...)
		if !p.Truncated {
			return out
		}
		q.After, q.AfterVersion = p.NextAfter, p.NextVersion
		if !q.Versions {
			q.AfterVersion = ""
		}
	}
}
