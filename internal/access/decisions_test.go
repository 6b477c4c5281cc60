package access

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/transship/transship/iampolicy"
)

// TestDecisions runs the text files in testdata/decisions; its README says how
// they are written.
func TestDecisions(t *testing.T) {
	files, err := filepath.Glob("testdata/decisions/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no decision file: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := &story{t: t, file: file}
		for i, line := range strings.Split(string(text), "\n") {
			s.read(i+1, line)
		}
		s.finish()
		if s.asked == 0 {
			t.Errorf("%s asks nothing", file)
		}
	}
}

// story is one file on its way.
type story struct {
	t     *testing.T
	file  string
	line  int
	asked int

	name   string
	bucket *Bucket
	caller Caller
	trust  *iampolicy.Policy
	kind   iampolicy.Kind // of the policy whose lines come
	doc    strings.Builder

	when   string // question that waits for its answer
	with   iampolicy.Context
	expect string
	also   []string
	text   string
}

func (s *story) fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("%s:%d: %s: %s", s.file, s.line, s.name, fmt.Sprintf(format, args...))
}

func (s *story) read(n int, line string) {
	s.line = n
	if strings.HasPrefix(line, " ") {
		s.doc.WriteString(line + "\n")
		return
	}
	s.endPolicy()
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "":
	case "case":
		s.finish()
		*s = story{t: s.t, file: s.file, line: n, asked: s.asked, name: rest}
	case "bucket":
		s.finish()
		if rest == "policy" {
			s.kind = iampolicy.Resource
			return
		}
		rest, org, _ := strings.Cut(rest, " in ")
		f := strings.Fields(rest)
		s.bucket = &Bucket{Name: f[0], Owner: f[2], Organization: org}
		if len(f) > 3 {
			s.bucket.Ownership = Ownership(f[3])
		}
	case "identity":
		s.finish()
		s.kind = iampolicy.Identity
	case "trust":
		s.finish()
		s.kind = iampolicy.Trust
	case "caller":
		s.finish()
		s.setCaller(rest)
	case "when":
		s.finish()
		s.when, s.with = rest, iampolicy.Context{}
	case "with":
		key, value, _ := strings.Cut(rest, " = ")
		s.with[strings.ToLower(key)] = []string{value}
	case "expect":
		s.expect = rest
	case "also":
		s.also = append(s.also, strings.TrimPrefix(rest, "by "))
	case "text":
		s.text = rest
	default:
		s.fatalf("what is %q?", word)
	}
}

func (s *story) endPolicy() {
	if s.doc.Len() == 0 {
		return
	}
	p, err := iampolicy.Parse([]byte(strings.TrimSpace(s.doc.String())), s.kind)
	if err == nil {
		err = CheckKeys(p)
	}
	if err == nil && s.kind == iampolicy.Resource {
		err = p.CheckBucket(s.bucket.Name)
	}
	if err != nil {
		s.fatalf("%v", err)
	}
	switch s.kind {
	case iampolicy.Identity:
		s.caller.Identity = append(s.caller.Identity, p)
	case iampolicy.Resource:
		s.bucket.Policy = p
	case iampolicy.Trust:
		s.trust = p
	}
	s.doc.Reset()
}

func (s *story) setCaller(text string) {
	text, org, _ := strings.Cut(text, " in ")
	f := strings.Fields(text)
	before := s.caller.Identity
	s.caller = Caller{Organization: org, Identity: before}
	switch f[0] {
	case "anonymous":
		return
	case "service":
		s.caller.Service = f[1]
		return
	case "root":
		s.caller.Account, s.caller.Root, s.caller.UserID = f[1], true, f[1]
		s.caller.ARN = "arn:aws:iam::" + f[1] + ":root"
		return
	}
	parts := strings.SplitN(f[1], ":", 6)
	s.caller.Account, s.caller.ARN = parts[4], f[1]
	name := f[1][strings.LastIndexByte(f[1], '/')+1:]
	if f[0] == "user" {
		s.caller.UserName, s.caller.UserID = name, "AIDAEXAMPLE"
		return
	}
	s.caller.RoleARN, s.caller.UserID = f[1], "AROAEXAMPLE:"+f[3]
	s.caller.ARN = "arn:aws:sts::" + parts[4] + ":assumed-role/" + name + "/" + f[3]
}

// finish asks the question that waits.
func (s *story) finish() {
	if s.when == "" {
		return
	}
	d := s.ask()
	got := "deny"
	switch {
	case d.Allowed:
		got = "allow"
	case d.Explicit:
		got = "explicit deny"
	}
	got += " by " + string(d.Layer)
	if strings.Contains(s.expect, " statement ") {
		got += " statement " + d.Statement.Name()
	}
	if got != s.expect {
		s.t.Errorf("%s:%d: %s: %s\n got  %s %+v\n want %s", s.file, s.line, s.name, s.when, got, d.Blockers, s.expect)
	}
	var others []string
	for i, b := range d.Blockers {
		if i > 0 {
			others = append(others, string(b.Layer))
		}
	}
	if len(s.also) > 0 && strings.Join(others, ", ") != strings.Join(s.also, ", ") {
		s.t.Errorf("%s:%d: %s: also blocked by %v, want %v", s.file, s.line, s.name, others, s.also)
	}
	if s.text != "" && d.Message() != s.text {
		s.t.Errorf("%s:%d: %s:\n got  %s\n want %s", s.file, s.line, s.name, d.Message(), s.text)
	}
	s.asked++
	s.when, s.expect, s.also, s.text = "", "", nil, ""
}

func (s *story) ask() Decision {
	if arn, ok := strings.CutPrefix(s.when, "assume role "); ok {
		return AssumeRole(s.caller, Role{ARN: arn, Account: strings.SplitN(arn, ":", 6)[4], Trust: s.trust}, s.with)
	}
	when, granted := strings.CutSuffix(s.when, " and granted to the bucket owner")
	when, owner, _ := strings.Cut(when, " owned by ")
	action, resource, ok := strings.Cut(when, " on ")
	if !ok {
		s.fatalf("what is asked by %q?", s.when)
	}
	if resource == "*" || strings.HasPrefix(resource, "arn:") {
		return Ask(s.caller, action, resource, s.with)
	}
	name, key, _ := strings.Cut(resource, "/")
	b := *s.bucket
	if b.Name != name {
		b = Bucket{Name: name, Owner: b.Owner, Ownership: b.Ownership}
	}
	return Decide(s.caller, Question{Action: action, Bucket: &b, Key: key, ObjectOwner: owner, OwnerGranted: granted, Context: s.with})
}
