package iampolicy

// KeyRef is one context key that a policy reads, in a condition or as a variable.
type KeyRef struct {
	Key      string // lower case
	Position Position
}

// ConditionKeys lists every context key that the policy reads, so that whoever
// keeps policies can refuse those with a key that it never fills.
func (p *Policy) ConditionKeys() []KeyRef {
	var refs []KeyRef
	for _, s := range p.Statements {
		for i := range s.conditions {
			c := &s.conditions[i]
			for _, key := range c.keys {
				refs = append(refs, KeyRef{Key: key, Position: c.keyNode.pos})
			}
		}
		for i := range s.resources {
			for _, key := range s.resources[i].tail.keys() {
				refs = append(refs, KeyRef{Key: key, Position: s.resourceNodes[i].pos})
			}
		}
	}
	return refs
}
