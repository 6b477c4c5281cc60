package iampolicy

import "strings"

// Context holds the condition keys of one request, names in lower case. A key
// that is missing is absent, which is not the same as an empty value (AM-82).
type Context map[string][]string

// condition is one operator on one key. The values are alternatives (AM-80).
type condition struct {
	operator string // as written
	test     test
	readable func(value string) bool // nil: every value is
	negated  bool
	ifExists bool
	set      setQualifier
	null     bool // Null operator
	absent   bool // Null: true demands absence
	key      string
	keyNode  *node
	keys     []string // key and the keys of its variables
}

type setQualifier int

const (
	noSet setQualifier = iota
	forAllValues
	forAnyValue
)

// operatorKind is the positive operator behind a name. What is not here is
// refused by Parse.
func operatorKind(name string) (kind string, negated, ok bool) {
	switch name {
	case "StringEquals", "StringEqualsIgnoreCase", "StringLike", "Bool", "Null", "IpAddress", "BinaryEquals",
		"NumericEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals":
		return name, false, true
	case "StringNotEquals":
		return "StringEquals", true, true
	case "StringNotEqualsIgnoreCase":
		return "StringEqualsIgnoreCase", true, true
	case "StringNotLike":
		return "StringLike", true, true
	case "ArnEquals", "ArnLike":
		return "ArnLike", false, true // the same (AM-90)
	case "ArnNotEquals", "ArnNotLike":
		return "ArnLike", true, true
	case "NotIpAddress":
		return "IpAddress", true, true
	case "NumericNotEquals":
		return "NumericEquals", true, true
	case "DateNotEquals":
		return "DateEquals", true, true
	}
	return "", false, false
}

func parseConditions(n *node, variables bool) ([]condition, error) {
	if n.kind != objectNode {
		return nil, fault(n, "Condition must be an object", "it is {operator: {key: value}}")
	}
	var out []condition
	for _, op := range n.fields {
		if op.value.kind != objectNode || len(op.value.fields) == 0 {
			return nil, fault(op.value, "Invalid Condition", "operator %q needs {key: value}", op.name)
		}
		seen := map[string]bool{}
		for _, f := range op.value.fields {
			c, err := parseCondition(op, f, variables)
			if err != nil {
				return nil, err
			}
			if seen[c.key] {
				return nil, fault(f.value, "Invalid Condition", "key %q is given twice; case does not tell keys apart (AM-81)", f.name)
			}
			seen[c.key] = true
			out = append(out, c)
		}
	}
	return out, nil
}

func parseCondition(op, f field, variables bool) (condition, error) {
	c := condition{operator: op.name, key: strings.ToLower(f.name), keyNode: &node{pos: f.pos, pointer: f.value.pointer}}
	name := op.name
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, c.set = rest, forAllValues
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, c.set = rest, forAnyValue
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	kind, negated, ok := operatorKind(name)
	if !ok || kind == "Null" && (c.ifExists || c.set != noSet) {
		return c, fault(&node{pos: op.pos, pointer: op.value.pointer}, "Invalid Condition type : "+op.name, "this condition operator is not understood")
	}
	c.negated = negated
	if !validKey(c.key) {
		return c, fault(c.keyNode, "Policy has an invalid condition key", "%q is not service:Key", f.name)
	}
	c.keys = []string{c.key}
	items := []*node{f.value}
	if f.value.kind == listNode {
		items = f.value.items
	}
	if len(items) == 0 {
		return c, fault(f.value, "Invalid Condition", "%s on %s has no value", op.name, f.name)
	}
	var tests []test
	for _, item := range items {
		if item.kind != textNode && item.kind != boolNode && item.kind != numberNode {
			return c, fault(item, "Invalid Condition", "a condition value is a string, a number or a boolean")
		}
		one, problem := c.compileValue(kind, item.text, variables)
		if problem != "" {
			return c, fault(item, "Invalid Condition", "%s", problem)
		}
		tests = append(tests, one)
	}
	if kind == "Null" && len(items) != 1 {
		return c, fault(f.value, "Invalid Condition", "Null takes one value")
	}
	c.test = func(v string, ctx Context) bool {
		for _, t := range tests {
			if t(v, ctx) {
				return true
			}
		}
		return false
	}
	return c, nil
}

// holds evaluates the condition: missing keys as AM-82 to AM-86 say, several
// values without a set qualifier as no match (AM-88).
func (c *condition) holds(ctx Context) bool {
	values := ctx[c.key]
	if c.null {
		return (len(values) == 0) == c.absent
	}
	if c.ifExists && len(values) == 0 {
		return true
	}
	switch c.set {
	case forAllValues:
		for _, v := range values {
			if !c.one(v, ctx) {
				return false
			}
		}
		return true
	case forAnyValue:
		for _, v := range values {
			if c.one(v, ctx) {
				return true
			}
		}
		return false
	}
	if len(values) != 1 {
		return c.negated
	}
	return c.one(values[0], ctx)
}

// one asks about a single value. One that the operator cannot read makes the
// condition false, negated or not (AM-93).
func (c *condition) one(v string, ctx Context) bool {
	if c.readable != nil && !c.readable(v) {
		return false
	}
	return c.test(v, ctx) != c.negated
}

// validKey takes service:Name in lower case; tag keys may hold nearly anything.
func validKey(key string) bool {
	service, name, ok := strings.Cut(key, ":")
	return ok && service != "" && name != "" && !strings.ContainsAny(key, "${}*?\x00\n\r\t")
}
