package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transship/transship/internal/lab"
)

// job-id FILE NAME sets the variable NAME to the first word of a file.
func jobID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: job-id FILE NAME")
	}
	words := strings.Fields(ts.ReadFile(args[0]))
	if len(words) == 0 {
		ts.Fatalf("%s is empty", args[0])
	}
	ts.Setenv(args[1], words[0])
}

// job-state PROFILE JOB STATE waits until a job is in a state.
func jobState(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: job-state PROFILE JOB STATE")
	}
	until(ts, "job "+args[1]+" to be "+args[2], func() bool {
		ts.Check(ts.Exec("transship", "job", "describe", args[1], "--profile", args[0], "--output", "json"))
		var job shownJob
		ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &job))
		return job.Status == args[2]
	})
}

// control-ready DIR waits for the job service that keeps its data there.
func controlReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: control-ready DIR")
	}
	until(ts, "the service in "+args[0]+" to be ready", func() bool {
		e, err := lab.ReadEndpoints(ts.MkAbs(args[0]))
		if err != nil {
			return false
		}
		res, err := http.Get(e.Control)
		return err == nil && res.Body.Close() == nil
	})
}

// join-profiles LAB SERVICE uses the AWS profiles of both folders.
func joinProfiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: join-profiles LAB SERVICE")
	}
	for _, file := range []string{"config", "credentials"} {
		var joined string
		for i, dir := range args {
			text, err := os.ReadFile(filepath.Join(ts.MkAbs(dir), "aws", file))
			ts.Check(err)
			if i > 0 { // both call their section of services the same
				text = []byte(strings.NewReplacer("services transship", "services second", "services = transship", "services = second").Replace(string(text)))
			}
			joined += string(text) + "\n"
		}
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(joined), 0o600))
	}
	ts.Setenv("AWS_CONFIG_FILE", ts.MkAbs("config"))
	ts.Setenv("AWS_SHARED_CREDENTIALS_FILE", ts.MkAbs("credentials"))
}

// make-bucket PROFILE BUCKET creates a bucket with the AWS SDK.
func makeBucket(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: make-bucket PROFILE BUCKET")
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(args[0]),
		config.WithSharedConfigFiles([]string{ts.Getenv("AWS_CONFIG_FILE")}),
		config.WithSharedCredentialsFiles([]string{ts.Getenv("AWS_SHARED_CREDENTIALS_FILE")}))
	ts.Check(err)
	_, err = s3.NewFromConfig(cfg).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &args[1]})
	ts.Check(err)
}

// put-file PROFILE BUCKET KEY FILE writes one object of several lines.
func putFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: put-file PROFILE BUCKET KEY FILE")
	}
	putObjects(ts, false, []string{args[0], args[1], args[2] + "=" + ts.ReadFile(args[3])})
}
