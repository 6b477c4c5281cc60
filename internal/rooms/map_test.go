package rooms

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the map of rooms in CONTRIBUTING.md")

const (
	mapBegin = "<!-- rooms: written by `go test ./internal/rooms -update` -->\n"
	mapEnd   = "<!-- end of rooms -->\n"
)

func TestTheMapInContributingIsTheTable(t *testing.T) {
	name := filepath.Join(root, "CONTRIBUTING.md")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(text, []byte(mapBegin))
	shown, after, ok2 := bytes.Cut(rest, []byte(mapEnd))
	if !ok || !ok2 {
		t.Fatalf("%s lacks the lines between which the map stands", name)
	}
	want := drawMap()
	if string(shown) == want {
		return
	}
	if !*update {
		t.Fatal("CONTRIBUTING.md shows another map than internal/rooms/table.go: run go test ./internal/rooms -update")
	}
	out := bytes.Join([][]byte{before, []byte(mapBegin), []byte(want), []byte(mapEnd), after}, nil)
	if err := os.WriteFile(name, out, 0o644); err != nil {
		t.Fatal(err)
	}
}

func drawMap() string {
	var b strings.Builder
	b.WriteString("| room | what is in it | may import (of ours) |\n| --- | --- | --- |\n")
	for _, row := range Table() {
		name, imports := row.Path, "-"
		if name == "." {
			name = ". (package transship)"
		}
		if len(row.Imports) > 0 {
			short := make([]string, len(row.Imports))
			for i, imp := range row.Imports {
				short[i] = strings.TrimPrefix(imp, "internal/")
			}
			imports = strings.ReplaceAll(strings.Join(short, ", "), "*", "all")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, row.Purpose, imports)
	}
	return b.String()
}
