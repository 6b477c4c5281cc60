package answer

// document walks an answer that must have the root given. An Error inside an
// answer of status 200 comes back as what it says.
func (q *Call) document(body []byte, root string, f func(parent, name string, text []byte) error) error {
	found := ""
	var bad error
	err := elements(body, &found, func(parent, name string, text []byte) {
		if bad == nil {
			bad = f(parent, name, text)
		}
	})
	switch {
	case err == nil && found == "Error":
		if inside := q.inside(body); inside != nil {
			return inside
		}
	case err == nil && found == root && bad == nil:
		return nil
	}
	if q.Read {
		return q.broken(root)
	}
	return q.Damaged("the store's answer is not a whole " + root)
}
