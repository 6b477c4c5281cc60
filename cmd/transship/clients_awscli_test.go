package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// awsLab is a lab with Debian's AWS CLI (2.9.19 in Debian 12, which does not
// read endpoints from profiles).
func awsLab(t *testing.T) *runningLab {
	t.Helper()
	bin := packaged("awscli", "/bin/aws")
	if bin == "" {
		without(t, "Debian's package awscli")
	}
	t.Parallel()
	l := startLab(t)
	l.bin = bin
	return l
}

// aws calls the CLI for a profile, against the lab.
func (l *runningLab) aws(t *testing.T, profile string, args ...string) string {
	t.Helper()
	return l.run(t, l.bin, append([]string{"--endpoint-url", l.at.S3, "--profile", profile, "--output", "text"}, args...)...)
}

// awsRefuses demands that the CLI fails, naming what.
func (l *runningLab) awsRefuses(t *testing.T, what, profile string, args ...string) {
	t.Helper()
	a := l.start("", nil, l.bin, append([]string{"--endpoint-url", l.at.S3, "--profile", profile}, args...)...)
	if a.failed == nil || !strings.Contains(a.err, what) {
		t.Errorf("aws %s: got %v, %s; want a refusal with %s", strings.Join(args, " "), a.failed, a.err, what)
	}
}

// awsSame demands that the CLI says exactly this, blanks aside.
func (l *runningLab) awsSame(t *testing.T, want, profile string, args ...string) {
	t.Helper()
	got := strings.Join(strings.Fields(l.aws(t, profile, args...)), " ")
	if got != want {
		t.Errorf("aws %s: got %q, want %q", strings.Join(args, " "), got, want)
	}
}

func TestDebiansAWSCLIMovesFilesInAndOut(t *testing.T) {
	l := awsLab(t)
	files := oddNames()
	files["big.bin"] = strings.Repeat("0123456789abcdef", 9<<20/16) // two parts
	tree := writeTree(t, files)
	l.aws(t, "source", "s3", "mb", "s3://cli-files")
	l.aws(t, "source", "s3", "cp", "--recursive", "--no-progress", tree, "s3://cli-files/tree/")

	var keys []string
	for line := range strings.Lines(l.aws(t, "source", "s3", "ls", "--recursive", "s3://cli-files")) {
		if fields := strings.SplitN(strings.TrimRight(line, "\n"), " tree/", 2); len(fields) == 2 {
			keys = append(keys, fields[1])
		}
	}
	var want []string
	for name := range files {
		want = append(want, name)
	}
	slices.Sort(want)
	if !slices.Equal(keys, want) {
		t.Errorf("listed %q\n  want %q, in binary order", keys, want)
	}
	if out := l.aws(t, "source", "s3", "sync", tree, "s3://cli-files/tree/"); out != "" {
		t.Errorf("a sync of what is there already did: %s", out)
	}
	// Between buckets, the large one by UploadPartCopy, and out again.
	l.aws(t, "source", "s3", "mb", "s3://cli-copies")
	l.aws(t, "source", "s3", "sync", "--no-progress", "s3://cli-files/tree/", "s3://cli-copies/")
	back := t.TempDir()
	l.aws(t, "source", "s3", "sync", "--no-progress", "s3://cli-copies", back)
	sameTree(t, back, files)
	if etag := l.aws(t, "source", "s3api", "head-object", "--bucket", "cli-copies", "--key", "big.bin", "--query", "ETag"); !strings.HasSuffix(etag, `-2"`) {
		t.Errorf("the large copy has ETag %s, want one of two parts", etag)
	}
	l.awsSame(t, "PRE dots/", "source", "s3", "ls", "s3://cli-copies/dot")

	delete(files, "plain.txt")
	if err := os.Remove(filepath.Join(tree, "plain.txt")); err != nil {
		t.Fatal(err)
	}
	l.awsSame(t, "delete: s3://cli-copies/plain.txt", "source", "s3", "sync", "--delete", "--size-only", tree, "s3://cli-copies")
	l.aws(t, "source", "s3", "rm", "--recursive", "s3://cli-files")
	l.awsSame(t, "", "source", "s3", "ls", "s3://cli-files")
	l.awsSame(t, "remove_bucket: cli-files", "source", "s3", "rb", "s3://cli-files")
	l.awsRefuses(t, "BucketNotEmpty", "source", "s3", "rb", "s3://cli-copies")
	// A refusal comes before the body is sent, and the connection is in order after it.
	refused := l.start("", nil, l.bin, "--endpoint-url", l.at.S3, "--profile", "operator", "s3", "cp", "--recursive", tree, "s3://cli-copies/")
	if got := strings.Count(refused.err, "(AccessDenied)"); got != len(files) || strings.Contains(refused.err, "timeout") {
		t.Errorf("%d of %d files were refused: %s", got, len(files), refused.err)
	}
	l.awsRefuses(t, "NoSuchBucket", "source", "s3", "ls", "s3://cli-files")
}

func TestDebiansAWSCLIKeepsVersionsTagsAndConditions(t *testing.T) {
	l := awsLab(t)
	file := filepath.Join(writeTree(t, map[string]string{"x": "0123456789"}), "x")
	got := filepath.Join(t.TempDir(), "got")
	api := func(args ...string) []string {
		return append([]string{"s3api"}, append(args, "--bucket", "cli-api")...)
	}
	holds := func(want string) {
		t.Helper()
		if data, err := os.ReadFile(got); string(data) != want {
			t.Errorf("read %q, %v; want %q", data, err, want)
		}
	}
	l.aws(t, "source", api("create-bucket")...)

	// Keys that are paths nowhere but in S3.
	for _, key := range []string{"/lead//twice/../up/./x/", "a\nb\tc"} {
		l.aws(t, "source", api("put-object", "--key", key, "--body", file, "--tagging", "team=moving&empty=", "--metadata", "owner=Ann,note=a b",
			"--content-type", "text/x-odd", "--storage-class", "STANDARD_IA")...)
		l.awsSame(t, "bytes 2-5/10 text/x-odd STANDARD_IA Ann a b", "source",
			api("get-object", "--key", key, "--range", "bytes=2-5", "--query", "[ContentRange,ContentType,StorageClass,Metadata.owner,Metadata.note]", got)...)
		holds("2345")
	}
	key := "/lead//twice/../up/./x/"
	l.awsSame(t, "empty team moving", "source", api("get-object-tagging", "--key", key, "--query", "sort_by(TagSet,&Key)[].[Key,Value][]")...)
	l.aws(t, "source", api("put-object-tagging", "--key", key, "--tagging", `TagSet=[{Key=a,Value="b c"}]`)...)
	l.awsSame(t, "a b c", "source", api("get-object-tagging", "--key", key, "--query", "TagSet[].[Key,Value][]")...)

	// Conditions, and an answer in a number without a body.
	etag := l.aws(t, "source", api("head-object", "--key", key, "--query", "ETag")...)
	l.awsRefuses(t, "(304)", "source", api("get-object", "--key", key, "--if-none-match", etag, got)...)
	l.awsRefuses(t, "(PreconditionFailed)", "source", api("get-object", "--key", key, "--if-match", `"other"`, got)...)
	l.awsRefuses(t, "(InvalidRange)", "source", api("get-object", "--key", key, "--range", "bytes=10-", got)...)
	l.awsRefuses(t, "(NoSuchKey)", "source", api("get-object", "--key", "none", got)...)
	l.awsRefuses(t, "(404)", "source", api("head-object", "--key", "none")...)
	l.awsRefuses(t, "(PreconditionFailed)", "source", api("copy-object", "--key", "c", "--copy-source", "cli-api/a\nb\tc", "--copy-source-if-match", `"other"`)...)

	// Versions: two, a marker over them, and the first one back.
	l.aws(t, "source", api("put-bucket-versioning", "--versioning-configuration", "Status=Enabled")...)
	l.awsSame(t, "Enabled", "source", api("get-bucket-versioning")...)
	first := l.aws(t, "source", api("put-object", "--key", "v", "--body", file, "--query", "VersionId")...)
	l.aws(t, "source", api("put-object", "--key", "v")...)
	l.awsSame(t, "delete: s3://cli-api/v", "source", "s3", "rm", "s3://cli-api/v")
	l.awsSame(t, "[ [ 0, 10 ], [ true ] ]", "source", api("list-object-versions", "--prefix", "v", "--output", "json", "--query", "[Versions[].Size,DeleteMarkers[].IsLatest]")...)
	l.awsRefuses(t, "(NoSuchKey)", "source", api("get-object", "--key", "v", got)...)
	l.aws(t, "source", api("get-object", "--key", "v", "--version-id", first, got)...)
	holds("0123456789")
	l.aws(t, "source", api("copy-object", "--key", "v", "--copy-source", "cli-api/v?versionId="+first, "--metadata-directive", "REPLACE", "--metadata", "n=1")...)
	l.awsSame(t, "10 1", "source", api("head-object", "--key", "v", "--query", "[ContentLength,Metadata.n]")...)

	// An upload in parts by hand, one left and aborted.
	id := l.aws(t, "source", api("create-multipart-upload", "--key", "mp", "--query", "UploadId")...)
	part := l.aws(t, "source", api("upload-part", "--key", "mp", "--upload-id", id, "--part-number", "7", "--body", file, "--query", "ETag")...)
	l.awsSame(t, "7 10", "source", api("list-parts", "--key", "mp", "--upload-id", id, "--query", "Parts[].[PartNumber,Size]")...)
	l.awsSame(t, id, "source", api("list-multipart-uploads", "--query", "Uploads[].UploadId")...)
	parts, _ := json.Marshal(map[string]any{"Parts": []any{map[string]any{"PartNumber": 7, "ETag": part}}})
	l.aws(t, "source", api("complete-multipart-upload", "--key", "mp", "--upload-id", id, "--multipart-upload", string(parts))...)
	l.awsRefuses(t, "(NoSuchUpload)", "source", api("abort-multipart-upload", "--key", "mp", "--upload-id", id)...)

	// What the CLI signs into a URL is taken without it.
	res, err := http.Get(l.aws(t, "source", "s3", "presign", "s3://cli-api/mp"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK || string(body) != "0123456789" {
		t.Errorf("the presigned URL answers %s: %s", res.Status, body)
	}
	l.awsSame(t, "2 True", "source", api("delete-objects", "--delete", `Objects=[{Key=mp},{Key=v}]`, "--query", "[length(Deleted),Deleted[0].DeleteMarker]")...)
}
