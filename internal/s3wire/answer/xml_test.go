package answer

import (
	"strings"
	"testing"
)

// FuzzElements: no document makes the walk fail otherwise than by its error,
// and one that is cut short is never taken for whole.
func FuzzElements(f *testing.F) {
	f.Add(`<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated><Contents><Key>a+b%2Bc</Key><ETag>&quot;e1&quot;</ETag><Size>7</Size></Contents></ListBucketResult>`)
	f.Add("<a><b/><c x='>'>&#x41;&amp;</c><![CDATA[<]]></a>")
	f.Add("<Error><Code>x</Code></Error>")
	f.Fuzz(func(t *testing.T, doc string) {
		root := ""
		ends := 0
		err := elements([]byte(doc), &root, func(parent, name string, text []byte) {
			ends++
			if name == "" || ends > len(doc) {
				t.Fatal("an element without a name, or too many")
			}
		})
		if err == nil && (root == "" || ends == 0) {
			t.Fatalf("%q is whole, without a root", doc)
		}
		if trimmed := strings.TrimRight(doc, " \t\r\n"); err == nil && strings.HasSuffix(trimmed, "</"+root+">") {
			if elements([]byte(trimmed[:len(trimmed)-1]), &root, func(_, _ string, _ []byte) {}) == nil {
				t.Fatalf("%q is whole without its end", doc)
			}
		}
	})
}
