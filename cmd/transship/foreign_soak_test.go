//go:build soak && unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/transship/transship/internal/lab"
	"github.com/transship/transship/internal/verify"
)

// The program against stores that nobody here wrote, as source and as
// destination: docs/stores.md says what came of it.
func TestSoakCopiesIntoWithinAndOutOfForeignStores(t *testing.T) {
	for _, f := range foreignStores() {
		t.Run(f.name, func(t *testing.T) {
			bin := f.installed(t)
			r := &foreignRun{runningLab: startLab(t), store: f.name, framed: f.framed}
			r.use(t, f.start(t, bin))
			r.learn(t)
			r.fill(t)
			r.roundTrip(t)
			r.inventories(t)
			r.plant(t)
		})
	}
}

// foreignRun is a lab and a store side by side.
type foreignRun struct {
	*runningLab
	store   string // also its profile
	framed  bool   // see [foreignStore]
	there   *s3.Client
	here    *s3.Client
	keys    []string // that the store can hold
	keeps   keeps
	objects int
}

// keeps is what the store was seen to keep of an object's attributes.
type keeps struct{ metadata, headers, tags bool }

const foreignPlain, foreignBig = 520, 11<<20 + 12345 // objects; bytes of the one in parts

// use gives the lab's environment a profile for the store.
func (r *foreignRun) use(t *testing.T, url string) {
	t.Helper()
	dir := t.TempDir()
	configFile, credentialsFile := lab.AWSFiles(r.dir)
	extend := func(from, name, more string) string {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name)
		if err := os.WriteFile(to, append(text, "\n"+more...), 0o600); err != nil {
			t.Fatal(err)
		}
		return to
	}
	configFile = extend(configFile, "config", fmt.Sprintf("[profile %s]\nregion = us-east-1\nendpoint_url = %s\n", r.store, url))
	credentialsFile = extend(credentialsFile, "credentials", fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", r.store, foreignKey, foreignSecret))
	r.env = append(r.env, "AWS_CONFIG_FILE="+configFile, "AWS_SHARED_CREDENTIALS_FILE="+credentialsFile)
	client := func(profile string) *s3.Client {
		cfg, err := config.LoadDefaultConfig(context.Background(), config.WithSharedConfigProfile(profile),
			config.WithSharedConfigFiles([]string{configFile}), config.WithSharedCredentialsFiles([]string{credentialsFile}))
		if err != nil {
			t.Fatal(err)
		}
		return s3.NewFromConfig(cfg, func(o *s3.Options) {
			o.UsePathStyle = true
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		})
	}
	r.here, r.there = client("source"), client(r.store)
	for _, bucket := range []string{"probe", "into", "within", "lists"} {
		if _, err := r.there.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
	for _, bucket := range []string{"origin", "back"} {
		if _, err := r.here.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			t.Fatal(err)
		}
	}
}

// learn finds out, with the AWS SDK, which odd keys the store holds and which
// attributes it keeps. What it cannot hold is named in the log and left out.
func (r *foreignRun) learn(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	odd := slices.Clone(oddKeys)
	for name := range oddNames() {
		odd = append(odd, "names/"+name)
	}
	slices.Sort(odd)
	// The longest last: rclone lists a key whose PUT it has refused.
	slices.SortStableFunc(odd, func(a, b string) int { return cmp.Compare(len(a)/256, len(b)/256) })
	for _, key := range slices.Compact(odd) {
		if err := r.holds(ctx, key); err != nil {
			t.Logf("%s does not hold %.60q: %s", r.store, key, tail(err.Error(), 160))
			r.there.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("probe"), Key: &key})
			continue
		}
		r.keys = append(r.keys, key)
	}
	key := "attributes"
	_, err := r.there.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("probe"), Key: &key, Body: strings.NewReader("x"),
		Metadata: map[string]string{"made-by": "a test"}, CacheControl: aws.String("max-age=60"), ContentLanguage: aws.String("de"), ContentType: aws.String("text/x-odd")})
	if err != nil {
		t.Fatal(err)
	}
	head, err := r.there.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String("probe"), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	r.keeps.metadata = head.Metadata["made-by"] == "a test"
	r.keeps.headers = aws.ToString(head.CacheControl) == "max-age=60" && aws.ToString(head.ContentLanguage) == "de" && aws.ToString(head.ContentType) == "text/x-odd"
	_, err = r.there.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("probe"), Key: &key, Body: strings.NewReader("x"), Tagging: aws.String("kind=odd&team=a+b")})
	if err == nil {
		if tags, err := r.there.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: aws.String("probe"), Key: &key}); err == nil {
			r.keeps.tags = len(tags.TagSet) == 2
		}
	}
	t.Logf("%s holds %d odd keys and keeps %+v", r.store, len(r.keys), r.keeps)
}

// holds puts a key and looks whether it and all before it are there.
func (r *foreignRun) holds(ctx context.Context, key string) error {
	if _, err := r.there.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("probe"), Key: &key, Body: strings.NewReader(key)}); err != nil {
		return err
	}
	got, err := r.there.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("probe"), Key: &key})
	if err != nil {
		return err
	}
	text, err := io.ReadAll(got.Body)
	got.Body.Close()
	if err != nil || string(text) != key {
		return errors.Join(err, fmt.Errorf("it came back with %.40q in it", text))
	}
	list, err := r.there.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("probe")})
	if err != nil {
		return err
	}
	var listed []string
	for _, o := range list.Contents {
		listed = append(listed, aws.ToString(o.Key))
	}
	if want := slices.Sorted(slices.Values(append(slices.Clone(r.keys), key))); !slices.Equal(listed, want) {
		return fmt.Errorf("listed as %q", slices.DeleteFunc(listed, func(k string) bool { return slices.Contains(r.keys, k) }))
	}
	return nil
}

// fill puts the objects into the lab's bucket origin.
func (r *foreignRun) fill(t *testing.T) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(16)
	put := func(key string, body []byte) {
		r.objects++
		in := &s3.PutObjectInput{Bucket: aws.String("origin"), Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("application/octet-stream")}
		if r.keeps.metadata {
			in.Metadata = map[string]string{"made-by": "a test", "size": fmt.Sprint(len(body))}
		}
		if r.keeps.headers {
			in.CacheControl, in.ContentLanguage, in.ContentType = aws.String("max-age=60"), aws.String("de"), aws.String("text/x-odd")
		}
		if r.keeps.tags {
			in.Tagging = aws.String("kind=odd&team=a+b")
		}
		g.Go(func() error {
			_, err := r.here.PutObject(context.Background(), in)
			return err
		})
	}
	for i := range foreignPlain {
		put(fmt.Sprintf("plain/%02d/file %04d.txt", i%13, i), bytes.Repeat([]byte("0123456789abcde\n"), i*4))
	}
	for _, key := range r.keys {
		put(key, []byte(key))
	}
	big := make([]byte, foreignBig)
	for i := range big {
		big[i] = byte(i * i >> 7)
	}
	put("big/in-parts.bin", big)
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

// roundTrip copies from the lab into the store, within it and out again, with
// full verification after each, and compares the two ends.
func (r *foreignRun) roundTrip(t *testing.T) {
	t.Helper()
	parts := []string{"--parts-above", "5242880", "--part-size", "5242880"}
	if r.framed { // transship must see it, and not call the copy done
		args := append([]string{"copy", "--yes", "--data", t.TempDir(), "--stream", "--source-profile", "source", "--dest-profile", r.store}, parts...)
		r.exits(t, exitFailedTasks, append(args, "s3://origin", "s3://into")...)
		parts = nil
	}
	copyTo := func(args ...string) { // not every store keeps a checksum of an object in parts: reading settles it
		t.Helper()
		args = append(append([]string{"copy", "--yes", "--read", "--data", t.TempDir()}, parts...), args...)
		r.exits(t, exitGood, append(args, r.level()...)...)
	}
	copyTo("--stream", "--source-profile", "source", "--dest-profile", r.store, "s3://origin", "s3://into")
	head, err := r.there.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: aws.String("into"), Key: aws.String("big/in-parts.bin")})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: the object in parts has ETag %s", r.store, aws.ToString(head.ETag))
	copyTo("--profile", r.store, "s3://into", "s3://within")
	copyTo("--stream", "--source-profile", r.store, "--dest-profile", "source", "s3://within", "s3://back")
	args := append([]string{"verify", "--read", "--profile", "source", "s3://origin", "s3://back"}, r.level()...)
	r.exits(t, exitGood, args...)
}

// level is full verification where the store keeps what that compares.
func (r *foreignRun) level() []string {
	if r.keeps == (keeps{true, true, true}) {
		return []string{"--full"}
	}
	return nil
}

// inventories lists the store's bucket into a report that lies in the store.
func (r *foreignRun) inventories(t *testing.T) {
	t.Helper()
	var done createdInventory
	if err := json.Unmarshal([]byte(r.exits(t, exitGood, "inventory", "create", "--output", "json", "--profile", r.store, "s3://into", "--to", "s3://lists")), &done); err != nil {
		t.Fatal(err)
	}
	if done.Rows != int64(r.objects) {
		t.Errorf("the inventory has %d rows, want %d", done.Rows, r.objects)
	}
}

// plant makes three differences, one of each kind, and demands all three.
func (r *foreignRun) plant(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	bucket, gone, changed, extra := aws.String("within"), "plain/01/file 0001.txt", "plain/02/file 0002.txt", "plain/extra"
	_, err1 := r.there.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: &gone})
	// Deleted first: gofakes3 goes on telling the checksum of what was overwritten.
	_, err4 := r.there.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: &changed})
	_, err2 := r.there.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &changed, Body: bytes.NewReader(bytes.Repeat([]byte("0123456789ABCDE\n"), 8))})
	_, err3 := r.there.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &extra, Body: strings.NewReader("x")})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	var found verify.Result
	out := r.exits(t, exitDifferences, "verify", "--output", "json", "--source-profile", "source", "--dest-profile", r.store, "s3://origin", "s3://within")
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for kind, f := range found.Differences {
		for _, x := range f.Examples {
			kinds[x.Key] += string(kind) + " "
		}
	}
	if len(kinds) != 3 || kinds[gone] != "missing " || kinds[changed] == "" || kinds[extra] != "extra " {
		t.Errorf("found %v, want %q missing, %q changed, %q extra; all: %s", kinds, gone, changed, extra, out)
	}
}

// exits runs transship, demands an exit code, and gives what it printed.
func (r *foreignRun) exits(t *testing.T, code int, args ...string) string {
	t.Helper()
	a := r.start("", nil, "transship", args...)
	got := exitGood
	var exit *exec.ExitError
	if errors.As(a.failed, &exit) {
		got = exit.ExitCode()
	} else if a.failed != nil {
		t.Fatal(a.failed)
	}
	if got != code {
		if i := slices.Index(args, "--data"); i > 0 {
			reports, _ := filepath.Glob(filepath.Join(args[i+1], "files/report/*/results/*.csv"))
			for _, name := range reports {
				text, _ := os.ReadFile(name)
				for line := range strings.Lines(string(text)) {
					if strings.Contains(line, ",failed,") {
						t.Log(line)
					}
				}
			}
		}
		t.Fatalf("transship %s: exit %d, want %d\n%s\n%s", strings.Join(args, " "), got, code, tail(a.out, 3000), tail(a.err, 3000))
	}
	return a.out
}
