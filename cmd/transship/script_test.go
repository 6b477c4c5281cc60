package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/transship/transship"
	"github.com/transship/transship/internal/lab"
)

// The program runs under its own name inside of the test binary, so that the
// stories in testdata/script see what a user sees.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"transship": func() { os.Exit(start()) },
	})
}

func TestStoriesOfTheCommandLine(t *testing.T) {
	if found, err := filepath.Glob("testdata/script/*.txt"); err != nil || len(found) == 0 {
		t.Fatalf("no stories found: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			// Nothing of the machine's own AWS settings, and no waiting for a
			// metadata service that is not there.
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("AWS_CONFIG_FILE", e.Getenv("WORK")+"/none")
			e.Setenv("AWS_SHARED_CREDENTIALS_FILE", e.Getenv("WORK")+"/none")
			e.Setenv("AWS", debianAWS())
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "debian-aws" {
				return debianAWS() != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"lab-ready": labReady,
			"lab-url":   labURL,
			"use-lab":   useLab,
			"terminate": terminate,

			"put-objects": putObjects,
			"put-file":    putFile,
			"make-bucket": makeBucket,
			"manifest":    manifestOf,

			"job-id":        jobID,
			"job-state":     jobState,
			"control-ready": controlReady,
			"join-profiles": joinProfiles,
		},
	})
}

// exits CODE PROGRAM ARGS... runs a program and demands this exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := err.(*exec.ExitError)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = failed.ExitCode()
	}
	if got := fmt.Sprint(code); got != args[0] {
		ts.Fatalf("%s exited with %s, want %s", strings.Join(args[1:], " "), got, args[0])
	}
}

// lab-ready DIR waits for the lab that was started in the background there.
func labReady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: lab-ready DIR")
	}
	dir := ts.MkAbs(args[0])
	until(ts, "the lab in "+args[0]+" to be ready", func() bool {
		e, err := lab.ReadEndpoints(dir)
		if err != nil {
			return false
		}
		res, err := http.Get(e.S3)
		return err == nil && res.Body.Close() == nil
	})
}

// debianAWS is the AWS CLI of Debian's package, whatever else is called aws on
// this machine; "" where the package is not installed.
func debianAWS() string {
	out, err := exec.Command("dpkg", "-L", "awscli").Output()
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); strings.HasSuffix(line, "/bin/aws") {
			return line
		}
	}
	return ""
}

// lab-url DIR NAME sets the variable NAME to where the lab answers.
func labURL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lab-url DIR NAME")
	}
	e, err := lab.ReadEndpoints(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Setenv(args[1], e.S3)
}

// use-lab DIR sets what `transship lab env` prints.
func useLab(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: use-lab DIR")
	}
	config, credentials := lab.AWSFiles(ts.MkAbs(args[0]))
	ts.Setenv("AWS_CONFIG_FILE", config)
	ts.Setenv("AWS_SHARED_CREDENTIALS_FILE", credentials)
}

// terminate sends SIGTERM to the programs in the background; testscript's own
// kill knows only INT and KILL.
func terminate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: terminate")
	}
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(syscall.SIGTERM))
	}
}

// put-objects PROFILE BUCKET KEY=TEXT... writes objects with the AWS SDK.
func putObjects(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: put-objects PROFILE BUCKET KEY=TEXT...")
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(args[0]),
		config.WithSharedConfigFiles([]string{ts.Getenv("AWS_CONFIG_FILE")}),
		config.WithSharedCredentialsFiles([]string{ts.Getenv("AWS_SHARED_CREDENTIALS_FILE")}))
	ts.Check(err)
	client := s3.NewFromConfig(cfg)
	for _, arg := range args[2:] {
		key, text, _ := strings.Cut(arg, "=")
		_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &args[1], Key: &key, Body: strings.NewReader(text)})
		ts.Check(err)
	}
}

// manifest FILE NAME sets the variable NAME to the key in the JSON that
// `inventory create` printed.
func manifestOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: manifest FILE NAME")
	}
	var v createdInventory
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	_, key, err := transship.ObjectFromARN(v.ManifestARN)
	ts.Check(err)
	ts.Setenv(args[1], key)
}

func until(ts *testscript.TestScript, what string, done func() bool) {
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited 30 s for %s", what)
		}
	}
}
