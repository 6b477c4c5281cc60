package iampolicy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads and compiles one document. An element, operator, principal or
// variable that is not understood is an [*Error]: a policy is refused rather
// than read in part. The document's size is limited by kind (AM-56).
func Parse(doc []byte, kind Kind) (*Policy, error) {
	if kind != Identity && kind != Resource && kind != Trust {
		return nil, &Error{Message: "unknown kind of policy", Detail: kind.String()}
	}
	if len(doc) > maxDocument || kind.weigh(doc) > kind.Limit() {
		return nil, &Error{Message: tooLarge(kind), Detail: fmt.Sprintf("%d bytes, the limit for a %s is %d", len(doc), kind, kind.Limit())}
	}
	root, err := readDocument(doc)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Message == "" {
			e.Message = notJSON(kind)
		}
		return nil, err
	}
	p := &Policy{Kind: kind, Version: "2008-10-17", source: doc}
	var statements *node
	for _, f := range root.fields {
		v := f.value
		switch f.name {
		case "Version":
			if v.kind != textNode || v.text != "2012-10-17" && v.text != "2008-10-17" {
				return nil, fault(v, "The policy must contain a valid version string", "Version is \"2012-10-17\" or \"2008-10-17\", with the quotes")
			}
			p.Version = v.text
		case "Id":
			if v.kind != textNode {
				return nil, fault(v, notJSON(kind), "Id is a string")
			}
			p.ID = v.text
		case "Statement":
			statements = v
		default:
			return nil, fault(&node{pos: f.pos, pointer: v.pointer}, unknownField(kind, f.name), "%q is no element of a policy; names are case-sensitive", f.name)
		}
	}
	if statements == nil {
		return nil, fault(root, missing(kind, "Statement"), "the policy has no Statement")
	}
	list := []*node{statements}
	if statements.kind == listNode {
		list = statements.items
	}
	if len(list) == 0 {
		return nil, fault(statements, missing(kind, "Statement"), "the list of statements is empty")
	}
	sids := map[string]bool{}
	for i, n := range list {
		s, err := parseStatement(n, kind, p.Version == "2012-10-17")
		if err != nil {
			return nil, err
		}
		s.Index = i
		if s.Sid != "" && sids[s.Sid] {
			return nil, fault(n, "Statement IDs (SID) in a single policy must be unique.", "Sid %q is used twice", s.Sid)
		}
		sids[s.Sid] = true
		p.Statements = append(p.Statements, s)
	}
	return p, nil
}

func parseStatement(n *node, kind Kind, variables bool) (*Statement, error) {
	if n.kind != objectNode {
		return nil, fault(n, notJSON(kind), "a statement is a JSON object")
	}
	s := &Statement{Position: n.pos, pointer: n.pointer}
	var action, resource, principal *node
	pick := func(slot **node, f field, other string) error {
		if *slot != nil {
			return fault(f.value, notJSON(kind), "a statement has %q or %q, not both", other, "Not"+other)
		}
		*slot = f.value
		return nil
	}
	for _, f := range n.fields {
		var err error
		switch v := f.value; f.name {
		case "Sid":
			if v.kind != textNode {
				return nil, fault(v, notJSON(kind), "Sid is a string")
			}
			if kind != Resource && !alphanumeric(v.text) {
				return nil, fault(v, "Statement IDs (SID) can only contain the characters a-z, A-Z, 0-9.", "Sid %q (AM-54)", v.text)
			}
			s.Sid = v.text
		case "Effect":
			if v.kind != textNode || v.text != string(Allow) && v.text != string(Deny) {
				return nil, fault(v, "Invalid effect : "+v.text, "Effect is Allow or Deny, case matters (AM-55)")
			}
			s.Effect = Effect(v.text)
		case "Action":
			err = pick(&action, f, "Action")
		case "NotAction":
			s.notAction = true
			err = pick(&action, f, "Action")
		case "Resource":
			err = pick(&resource, f, "Resource")
		case "NotResource":
			s.notResource = true
			err = pick(&resource, f, "Resource")
		case "Principal":
			err = pick(&principal, f, "Principal")
		case "NotPrincipal":
			s.notPrincipal = true
			err = pick(&principal, f, "Principal")
		case "Condition":
			s.conditions, err = parseConditions(v, variables)
		default:
			err = fault(&node{pos: f.pos, pointer: v.pointer}, unknownField(kind, f.name), "%q is no element of a statement; names are case-sensitive", f.name)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.Effect == "" {
		return nil, fault(n, missing(kind, "Effect"), "the statement has no Effect")
	}
	if err := s.setPrincipal(n, principal, kind); err != nil {
		return nil, err
	}
	if err := s.setActions(n, action, kind); err != nil {
		return nil, err
	}
	if err := s.setResources(n, resource, kind, variables); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Statement) setPrincipal(n, principal *node, kind Kind) (err error) {
	if kind == Identity {
		if principal != nil {
			return fault(principal, "Policy document should not specify a principal.", "an identity policy speaks about whom it is attached to")
		}
		return nil
	}
	if principal == nil {
		return fault(n, missing(kind, "Principal"), "a %s says in every statement about whom it speaks", kind)
	}
	if s.notPrincipal && (s.Effect == Allow || kind == Trust) {
		return fault(principal, invalidPrincipal, "NotPrincipal is taken only with Deny in a bucket policy; with Allow it would open the resource to everybody else (AM-39)")
	}
	s.principal, err = parsePrincipals(principal)
	return err
}

func (s *Statement) setActions(n, action *node, kind Kind) error {
	if action == nil {
		return fault(n, missing(kind, "Action"), "the statement has neither Action nor NotAction")
	}
	values, ok := action.strings()
	if !ok {
		return fault(action, "Policy has invalid action", "an action is a string or a list of strings")
	}
	for _, v := range values {
		g, problem := compileAction(v.text)
		if problem != "" {
			return fault(v, "Policy has invalid action", "%s", problem)
		}
		if kind == Trust && !strings.HasPrefix(strings.ToLower(v.text), "sts:") {
			return fault(v, "AssumeRole policy may only specify STS AssumeRole actions.", "%s is not one", quote(v.text))
		}
		s.actions = append(s.actions, g)
	}
	s.actionNodes = values
	return nil
}

func (s *Statement) setResources(n, resource *node, kind Kind, variables bool) error {
	if kind == Trust {
		if resource != nil {
			return fault(resource, "Has prohibited field Resource", "the resource of a trust policy is its role")
		}
		return nil
	}
	if resource == nil {
		return fault(n, missing(kind, "Resource"), "the statement has neither Resource nor NotResource")
	}
	values, ok := resource.strings()
	if !ok {
		return fault(resource, "Policy has invalid resource", "a resource is a string or a list of strings")
	}
	for _, v := range values {
		g, problem := compileARN(v.text, variables)
		if problem != "" {
			message := "Policy has invalid resource"
			if kind == Identity {
				message = "Resource " + v.text + ` must be in ARN format or "*".`
			}
			return fault(v, message, "%s", problem)
		}
		s.resources = append(s.resources, g)
	}
	s.resourceNodes = values
	return nil
}

func notJSON(kind Kind) string {
	switch kind {
	case Resource:
		return "Policies must be valid JSON and the first byte must be '{'"
	case Trust:
		return "This policy contains invalid Json"
	}
	return "Syntax errors in policy."
}

func tooLarge(kind Kind) string {
	if kind == Resource {
		return "Normalized policy document exceeds the maximum allowed size"
	}
	return "Maximum policy size of " + strconv.Itoa(kind.Limit()) + " bytes exceeded"
}

func missing(_ Kind, name string) string { return "Missing required field " + name }

func unknownField(kind Kind, name string) string {
	if kind == Resource {
		return "Unknown field " + name
	}
	return "Syntax errors in policy."
}

func alphanumeric(s string) bool {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// quote shows s in a message, cut where it is long: documents come from outside.
func quote(s string) string {
	if len(s) > 120 {
		s = s[:120] + "..."
	}
	return strconv.Quote(s)
}
