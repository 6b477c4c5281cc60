package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/inventory"
	"github.com/transship/transship/internal/s3call"
)

const (
	demoObjects  = 10_000
	demoWriters  = 64
	demoSample   = 50 // objects of the trial
	demoFileSize = 4 << 20
)

// oddKeys are legal keys that tools stumble over.
var oddKeys = []string{
	"odd/a b+c%20d.txt", "odd//double//slash", "odd/../dots/./here", "odd/trailing/", "odd/a", "odd/a/b", "odd/~tilde", "odd/q?x=1&y=2#z",
	"odd/quote\"comma,apostrophe'", "odd/back\\slash", "odd/umlaut-äöü", "odd/マニフェスト", "odd/emoji-🚢", "odd/newline-\n-tab-\t", "odd/<xml>&amp;",
	"odd/" + strings.Repeat("long", 254) + "end", "odd/e\u0301-decomposed", "odd/\u00e9-composed", " leading space", "odd/*star*?",
}

// demoFile is one object to write; body is made when it is written.
type demoFile struct {
	key  string
	body func() ([]byte, error)
}

// fill writes the source bucket.
func (d *demoRun) fill(ctx context.Context, objects int) error {
	files, what := demoFiles(objects)
	d.say("\n1. Fill app-files with %s and %d odd keys", what, len(oddKeys))
	m := d.e.newMeter("   put", int64(len(files)))
	defer m.close()
	var g errgroup.Group
	g.SetLimit(demoWriters)
	var total atomic.Int64
	for i, f := range files {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			body, err := f.body()
			if err != nil {
				return err
			}
			put := s3call.Put{Bucket: "app-files", Key: f.key, Body: bytes.NewReader(body), Size: int64(len(body)),
				Attributes: s3call.Attributes{ContentType: "text/plain; charset=utf-8", UserMetadata: map[string]string{"number": fmt.Sprint(i)}}}
			if i%10 == 0 {
				put.Tags = []transship.Tag{{Key: "team", Value: "data + more"}}
			}
			if _, err := d.source.PutObject(ctx, put); err != nil {
				return err
			}
			total.Add(put.Size)
			m.add(1, put.Size)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	d.odd, d.files, d.bytes = int64(len(oddKeys)), int64(len(files)), total.Load()
	for _, f := range files[:min(demoSample, len(files))] {
		d.sample = append(d.sample, inventory.EncodeKey(f.key))
	}
	return ctx.Err()
}

// demoFiles are the odd keys and the Go toolchain's sources, or made-up files
// where there is no toolchain or another number is wanted.
func demoFiles(objects int) (files []demoFile, what string) {
	for i, key := range oddKeys {
		files = append(files, demoFile{key, func() ([]byte, error) { return fmt.Appendf(nil, "odd %d\n", i), nil }})
	}
	if objects == 0 {
		if found := goSources(); len(found) > 0 {
			return append(files, found...), fmt.Sprintf("the %s files of the Go toolchain's sources", commas(int64(len(found))))
		}
		objects = demoObjects
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range objects {
		size := random.IntN(8 << 10)
		files = append(files, demoFile{fmt.Sprintf("made/%02x/%06d.txt", i%256, i), func() ([]byte, error) {
			return bytes.Repeat([]byte("transship "), size/10+1)[:size], nil
		}})
	}
	return files, commas(int64(objects)) + " made-up files"
}

// goSources lists the files below GOROOT/src; none where there is no toolchain.
func goSources() []demoFile {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "src")
	var files []demoFile
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Size() > demoFileSize {
			return err
		}
		name, err := filepath.Rel(root, path)
		files = append(files, demoFile{"src/" + filepath.ToSlash(name), func() ([]byte, error) { return os.ReadFile(path) }})
		return err
	})
	if err != nil {
		return nil
	}
	return files
}
