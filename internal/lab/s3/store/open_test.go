package store

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/transship/transship"
)

func files(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, bodyDir), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestNoBodyOutlivesItsVersions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer func() { s.Close() }()
	s.CreateBucket(Bucket{Name: "b"})
	long := strings.Repeat("x", 100)
	v := s.put(t, "b", "k", long)
	for i := range 3 {
		b, err := s.Share(v)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(Version{Bucket: "b", Key: fmt.Sprint("copy", i)}, b, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("one body and three copies of it take %d files", n)
	}
	s.put(t, "b", "k", long)
	for i := range 3 {
		if n := len(files(t, dir)); n != 2 {
			t.Errorf("%d files, want 2", n)
		}
		if _, err := s.Delete("b", fmt.Sprint("copy", i), "", "", nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
	// A copy whose source has gone meanwhile is refused and leaves nothing.
	v, _ = s.Get("b", "k", "")
	b, err := s.Share(v)
	if err != nil {
		t.Fatal(err)
	}
	s.Delete("b", "k", "", "", nil)
	if _, err := s.Put(Version{Bucket: "b", Key: "late"}, b, nil, nil); transship.CodeOf(err) != transship.NotFound {
		t.Errorf("a copy of what is gone: %v", err)
	}
	if n := len(files(t, dir)); n != 0 {
		t.Errorf("%d files, want none", n)
	}
}

func TestOrphansAreSweptAndDamageIsReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	s.CreateBucket(Bucket{Name: "b"})
	s.put(t, "b", "k", strings.Repeat("x", 100))
	s.Close()
	orphan := filepath.Join(dir, bodyDir, "ab", "ab"+strings.Repeat("0", 30))
	half := filepath.Join(dir, stagingDir, "half")
	os.WriteFile(orphan, []byte("x"), 0o600)
	os.WriteFile(half, []byte("x"), 0o600)
	s = openStore(t, dir)
	s.Close()
	for _, path := range []string{orphan, half} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is still there", path)
		}
	}
	damage := func(name string, do func()) {
		t.Helper()
		do()
		s, err := Open(Config{Dir: dir})
		if transship.CodeOf(err) != transship.Damaged {
			t.Errorf("%s: opened with %v", name, err)
			if s != nil {
				s.Close()
			}
		}
	}
	body := files(t, dir)[0]
	damage("a body is missing", func() { os.Rename(body, body+".away") })
	os.Rename(body+".away", body)
	damage("the format is another", func() { os.WriteFile(filepath.Join(dir, formatFile), []byte("transship lab s3 99\n"), 0o600) })
	damage("the format is missing", func() { os.Remove(filepath.Join(dir, formatFile)) })
	os.WriteFile(filepath.Join(dir, formatFile), []byte(format), 0o600)
	openStore(t, dir).Close()
	damage("the records are missing", func() { os.RemoveAll(filepath.Join(dir, metaDir)) })
	if n := len(files(t, dir)); n != 1 {
		t.Errorf("a damaged folder lost its bodies: %d left", n)
	}
}

func TestACreationThatWasInterruptedGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openStore(t, dir).Close()
	if err := os.Remove(filepath.Join(dir, formatFile)); err != nil { // it is written last
		t.Fatal(err)
	}
	s := openStore(t, dir)
	defer s.Close()
	if _, err := s.CreateBucket(Bucket{Name: "b"}); err != nil {
		t.Error(err)
	}
}

func TestASecondProcessIsToldSo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openStore(t, dir)
	defer s.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), "STORE_CHILD=open", "STORE_DIR="+dir)
	out, _ := cmd.CombinedOutput()
	if !strings.Contains(string(out), "another process has this folder open") {
		t.Errorf("the second process says %s", out)
	}
}

// TestChild is not a test: it is what the crash tests start.
func TestChild(t *testing.T) {
	dir := os.Getenv("STORE_DIR")
	switch os.Getenv("STORE_CHILD") {
	case "":
		return
	case "open":
		_, err := Open(Config{Dir: dir})
		fmt.Println(err)
		return
	}
	s := openStore(t, dir)
	s.CreateBucket(Bucket{Name: "b"})
	var out sync.Mutex
	for worker := range 4 {
		go func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%s-%d-%d", os.Getenv("STORE_CHILD"), worker, i%50)
				body := fmt.Sprintf("%s %d ", key, i) + strings.Repeat("x", i%40)
				v := s.put(t, "b", key, body)
				if i%3 == 0 {
					b, err := s.Share(v)
					if err == nil {
						_, err = s.Put(Version{Bucket: "b", Key: key + "-copy"}, b, nil, nil)
					}
					if err != nil {
						t.Error(err)
						return
					}
				}
				out.Lock()
				fmt.Printf("ack %s %x %v\n", key, body, i%3 == 0)
				out.Unlock()
			}
		}()
	}
	select {}
}

// TestKillLosesNothingThatWasAcknowledged kills a child under load again and
// again. Each key is overwritten by one worker alone, so that what is there
// afterwards is the last acknowledged body or the one after it.
func TestKillLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rounds := 10
	for round := range rounds {
		name := fmt.Sprint("round", round)
		cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "STORE_CHILD="+name, "STORE_DIR="+dir)
		pipe, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := map[string]string{}
		lines := bufio.NewScanner(pipe)
		for n := 0; lines.Scan(); {
			var key, body string
			var copied bool
			if k, _ := fmt.Sscanf(lines.Text(), "ack %s %s %t", &key, &body, &copied); k != 3 {
				continue
			}
			raw, _ := hex.DecodeString(body)
			last[key] = string(raw)
			if copied {
				last[key+"-copy"] = string(raw)
			}
			if n++; n == 40+17*round {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		if len(last) == 0 {
			t.Fatal("the child acknowledged nothing")
		}
		s := openStore(t, dir)
		for key, want := range last {
			v, err := s.Get("b", key, "")
			if err != nil {
				t.Fatalf("round %d: %s was acknowledged and is gone: %v", round, key, err)
			}
			got, err := s.read(&v)
			if err != nil || serial(got) < serial(want) {
				t.Fatalf("round %d: %s holds %q %v, acknowledged was %q", round, key, got, err, want)
			}
		}
		s.Close()
	}
}

// serial is the number of the write that made a body.
func serial(body string) (n int) {
	fields := strings.Fields(body)
	if len(fields) < 2 {
		return -1
	}
	fmt.Sscan(fields[1], &n)
	return n
}
