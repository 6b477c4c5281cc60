package main

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestRclone(t *testing.T) {
	bin, err := exec.LookPath("rclone")
	if err != nil {
		without(t, "rclone")
	}
	t.Parallel()
	l := startLab(t)
	l.env = append(l.env, "RCLONE_CONFIG=/dev/null", "RCLONE_CONFIG_LAB_TYPE=s3", "RCLONE_CONFIG_LAB_PROVIDER=Other", "RCLONE_CONFIG_LAB_ACL=bucket-owner-full-control", "RCLONE_CONFIG_LAB_BUCKET_ACL=private", "RCLONE_CONFIG_LAB_ENV_AUTH=true",
		"RCLONE_CONFIG_LAB_REGION=us-east-1", "RCLONE_CONFIG_LAB_ENDPOINT="+l.at.S3, "AWS_PROFILE=source",
		"RCLONE_LOW_LEVEL_RETRIES=1", "RCLONE_RETRIES=1", "RCLONE_S3_UPLOAD_CUTOFF=5Mi", "RCLONE_S3_CHUNK_SIZE=5Mi", "RCLONE_S3_COPY_CUTOFF=6Mi")
	rclone := func(args ...string) string {
		t.Helper()
		return l.run(t, bin, append(args, "--no-unicode-normalization")...)
	}
	files := oddNames()
	files["big.bin"] = strings.Repeat("0123456789abcdef", 9<<20/16) // in parts, in and across
	tree := writeTree(t, files)

	rclone("copy", tree, "lab:rclone-in/tree")
	want := slices.Sorted(maps.Keys(files))
	got := strings.Split(rclone("lsf", "-R", "--files-only", "lab:rclone-in/tree"), "\n")
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("listed %q\n  want %q", got, want)
	}
	rclone("check", "--one-way", tree, "lab:rclone-in/tree") // MD5 against ETags
	rclone("copy", "lab:rclone-in/tree", "lab:rclone-across")
	rclone("check", "lab:rclone-in/tree", "lab:rclone-across")
	back := t.TempDir()
	rclone("copy", "lab:rclone-across", back)
	sameTree(t, back, files)
	if out := l.start("", nil, bin, "copy", "--no-unicode-normalization", "--dry-run", tree, "lab:rclone-in/tree"); out.failed != nil || strings.Contains(out.err, "Skipped copy") {
		t.Errorf("a second copy would do something: %v %s", out.failed, out.err)
	}
	rclone("purge", "lab:rclone-in")
	if out := rclone("lsf", "lab:"); out != "rclone-across/" {
		t.Errorf("left are the buckets %q", out)
	}
}
