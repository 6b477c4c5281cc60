package lab

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/transship/transship"
)

// maxAccountsFile bounds what is read of an accounts file, in bytes.
const maxAccountsFile = 4 << 20

// LoadAccounts reads an accounts file.
func LoadAccounts(name string) (*AccountsFile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &transship.Error{Code: transship.Invalid, Op: "read the accounts file", Err: err}
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxAccountsFile+1))
	if err != nil {
		return nil, &transship.Error{Code: transship.Invalid, Op: "read the accounts file", Err: err}
	}
	if len(data) > maxAccountsFile {
		return nil, &transship.Error{Code: transship.Invalid, Op: "read the accounts file", Message: name + " is larger than 4 MiB"}
	}
	return ParseAccounts(name, data)
}

// ParseAccounts reads the text of an accounts file called name. Every error
// names the line.
func ParseAccounts(name string, data []byte) (*AccountsFile, error) {
	f := &AccountsFile{Name: name}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, f.badYAML(err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, f.bad(0, "it must hold one YAML document, it holds %d", len(tree.Docs))
	}
	top, err := f.fields(tree.Docs[0].Body, "the file", "accounts", "buckets")
	if err != nil {
		return nil, err
	}
	if f.Accounts, err = list(f, top["accounts"], "accounts", f.readAccount); err != nil {
		return nil, err
	}
	if f.Buckets, err = list(f, top["buckets"], "buckets", f.readBucket); err != nil {
		return nil, err
	}
	return f, f.check()
}

var yamlPosition = regexp.MustCompile(`^\[(\d+):\d+\] `)

// badYAML turns the parser's "[line:column] message" and its excerpt into one
// line: an excerpt could show what is no business of a log.
func (f *AccountsFile) badYAML(err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
		return f.bad(syntax.Token.Position.Line, "%s", syntax.Message)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return f.bad(0, "%s", yamlPosition.ReplaceAllString(first, "line $1: "))
}

func (f *AccountsFile) readAccount(n ast.Node) (a Account, err error) {
	m, err := f.fields(n, "an account", "id", "name", "users", "roles")
	if err != nil {
		return a, err
	}
	a.line = line(n)
	if a.ID, err = f.text(m, "id"); err != nil {
		return a, err
	}
	if a.Name, err = f.text(m, "name"); err != nil {
		return a, err
	}
	if a.Users, err = list(f, m["users"], "users", f.readUser); err != nil {
		return a, err
	}
	a.Roles, err = list(f, m["roles"], "roles", f.readRole)
	return a, err
}

func (f *AccountsFile) readUser(n ast.Node) (u User, err error) {
	m, err := f.fields(n, "a user", "name", "profile", "policies")
	if err != nil {
		return u, err
	}
	u.line = line(n)
	if u.Name, err = f.text(m, "name"); err != nil {
		return u, err
	}
	if u.Profile, err = f.text(m, "profile"); err != nil {
		return u, err
	}
	if strings.ContainsAny(u.Profile, "[]\n\r#; \t") {
		return u, f.bad(line(m["profile"]), "profile %q cannot stand in an AWS configuration file", u.Profile)
	}
	u.Policies, err = f.policies(m["policies"])
	return u, err
}

func (f *AccountsFile) readRole(n ast.Node) (r Role, err error) {
	m, err := f.fields(n, "a role", "name", "trust", "policies")
	if err != nil {
		return r, err
	}
	r.line = line(n)
	if r.Name, err = f.text(m, "name"); err != nil {
		return r, err
	}
	if r.Trust, err = f.document(m["trust"]); err != nil {
		return r, err
	}
	r.Policies, err = f.policies(m["policies"])
	return r, err
}

func (f *AccountsFile) readBucket(n ast.Node) (b Bucket, err error) {
	m, err := f.fields(n, "a bucket", "name", "account", "versioning", "ownership", "policy")
	if err != nil {
		return b, err
	}
	b.line = line(n)
	for _, field := range []struct {
		name string
		to   *string
		one  []string
	}{
		{"name", &b.Name, nil}, {"account", &b.Account, nil},
		{"versioning", &b.Versioning, []string{"Enabled", "Suspended"}},
		{"ownership", &b.Ownership, []string{"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"}},
	} {
		if *field.to, err = f.text(m, field.name); err != nil {
			return b, err
		}
		if field.one != nil && *field.to != "" && !slices.Contains(field.one, *field.to) {
			return b, f.bad(line(m[field.name]), "%s: %q is none of %s", field.name, *field.to, strings.Join(field.one, ", "))
		}
	}
	b.Policy, err = f.document(m["policy"])
	return b, err
}

// policies reads a mapping from names to policies.
func (f *AccountsFile) policies(n ast.Node) ([]Policy, error) {
	if n == nil || n.Type() == ast.NullType {
		return nil, nil
	}
	m, err := f.fields(n, "policies")
	if err != nil {
		return nil, err
	}
	var out []Policy
	for name, value := range m {
		d, err := f.document(value)
		if err != nil {
			return nil, err
		}
		if d.JSON == "" {
			return nil, f.bad(line(value), "policy %s is empty", name)
		}
		out = append(out, Policy{name, d})
	}
	slices.SortFunc(out, func(a, b Policy) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// document reads a policy, written in YAML or as JSON text.
func (f *AccountsFile) document(n ast.Node) (Document, error) {
	if n == nil || n.Type() == ast.NullType {
		return Document{}, nil
	}
	d := Document{Line: line(n)}
	if s, ok := scalar(n); ok {
		if !json.Valid([]byte(s)) {
			return d, f.bad(d.Line, "a policy that is given as text must be JSON")
		}
		d.JSON = s
		return d, nil
	}
	var value any
	err := yaml.NodeToValue(n, &value)
	if err == nil {
		var text []byte
		text, err = json.Marshal(value)
		d.JSON = string(text)
	}
	if err != nil {
		return d, f.badYAML(err)
	}
	return d, nil
}

// fields splits a mapping; a name that is not among the known ones is an
// error, as is one that stands there twice. No known names: any.
func (f *AccountsFile) fields(n ast.Node, what string, known ...string) (map[string]ast.Node, error) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, f.bad(line(n), "%s must be written as fields (name: value)", what)
	}
	out := map[string]ast.Node{}
	for _, v := range values {
		name, ok := scalar(v.Key)
		if !ok {
			return nil, f.bad(line(v), "%s: the name of a field must be plain text", what)
		}
		if len(known) > 0 && !slices.Contains(known, name) {
			return nil, f.bad(line(v), "%s has no field %q, only %s", what, name, strings.Join(known, ", "))
		}
		if _, twice := out[name]; twice {
			return nil, f.bad(line(v), "%s: the field %q is there twice", what, name)
		}
		out[name] = v.Value
	}
	return out, nil
}

// text is the field of that name, "" where it is absent. Digits are text too:
// an account id needs no quotes and keeps its leading zeros.
func (f *AccountsFile) text(m map[string]ast.Node, name string) (string, error) {
	n := m[name]
	if n == nil || n.Type() == ast.NullType {
		return "", nil
	}
	s, ok := scalar(n)
	if !ok {
		return "", f.bad(line(n), "%s must be plain text", name)
	}
	return s, nil
}

func list[T any](f *AccountsFile, n ast.Node, what string, read func(ast.Node) (T, error)) ([]T, error) {
	if n == nil || n.Type() == ast.NullType {
		return nil, nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, f.bad(line(n), "%s must be a list (lines that begin with -)", what)
	}
	var out []T
	for _, item := range seq.Values {
		v, err := read(item)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// scalar is a node's text as it stands in the file, without quotes.
func scalar(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return strings.TrimSpace(n.GetToken().Value), true
	}
	return "", false
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}
