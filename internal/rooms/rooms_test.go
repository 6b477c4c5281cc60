package rooms

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// file is one Go file as the rules see it: whatever its build tags are.
type file struct {
	name    string // from the module's root
	room    string
	test    bool
	imports []string
	doc     string // package comment
	lines   int

	generated bool
}

func TestEveryFolderWithGoFilesIsARoomOfTheTable(t *testing.T) {
	listed := rows(t)
	seen := map[string]bool{}
	for _, f := range files(t) {
		if _, ok := listed[f.room]; !ok && !seen[f.room] {
			t.Errorf("%s is not in the table: a new room needs a row in internal/rooms/table.go with a reason in one line", f.room)
		}
		seen[f.room] = true
	}
	for room := range listed {
		if !seen[room] {
			t.Errorf("the table lists %s, but there is no such folder: remove the row, or write the room", room)
		}
	}
}

func TestRoomsImportOnlyWhatTheTableAllows(t *testing.T) {
	listed := rows(t)
	told := map[string]bool{} // one sentence for each room and import is enough
	for _, f := range files(t) {
		row, ok := listed[f.room]
		if !ok {
			continue // reported above
		}
		for _, imp := range f.imports {
			why := row.forbids(imp, f.test)
			if room, ours := ourRoom(imp); ours && listed[room].TestOnly && !f.test && room != f.room {
				why = room + " is there for tests alone: a program must not link it"
			}
			if why != "" && !told[f.room+" "+imp] {
				told[f.room+" "+imp] = true
				t.Errorf("%s imports %s: %s", f.name, imp, why)
			}
		}
	}
}

func TestEveryRoomHasADocFileWithAPackageComment(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range files(t) {
		if path.Base(f.name) == "doc.go" {
			documented[f.room] = documented[f.room] || len(strings.Fields(f.doc)) >= 20
		} else if !f.test && f.doc != "" {
			t.Errorf("%s has a package comment: it belongs into doc.go, its one home", f.name)
		}
	}
	for _, f := range files(t) {
		if !f.test && !documented[f.room] {
			t.Errorf("%s has no doc.go with a paragraph: what it owns, what it does not, what never happens", f.room)
			documented[f.room] = true
		}
	}
}

func TestNoProgramLinksTestCode(t *testing.T) {
	for _, f := range files(t) {
		for _, imp := range f.imports {
			first, _, _ := strings.Cut(imp, "/")
			if first == "testing" && !f.test {
				t.Errorf("%s imports %s: a program would link the testing package; move it into a _test.go file", f.name, imp)
			}
		}
	}
}

func TestNoFileIsAHall(t *testing.T) {
	const most = 500 // lines; ask yourself at 300
	for _, f := range files(t) {
		if f.lines > most && !f.test && !f.generated {
			t.Errorf("%s has %d lines: a file does one thing; split what is over %d", f.name, f.lines, most)
		}
	}
}

func TestNoRoomHasANameThatSaysNothing(t *testing.T) {
	for _, row := range Table() {
		for _, word := range []string{"util", "utils", "helper", "helpers", "common", "manager", "models", "base", "misc"} {
			if path.Base(row.Path) == word {
				t.Errorf("a room called %s says nothing about what is in it", row.Path)
			}
		}
	}
}

// forbids says why a file of the room may not import imp; "" when it may.
func (r Room) forbids(imp string, test bool) string {
	allowed := slices.Clone(r.Outside)
	ours := slices.Clone(r.Imports)
	if test {
		allowed = append(allowed, r.Tests...)
		ours = append(ours, r.Tests...)
	}
	if room, isOurs := ourRoom(imp); isOurs {
		switch {
		case room == r.Path && test: // an external test package imports what it tests
			return ""
		case strings.HasPrefix(room, "cmd/"):
			return "cmd knows everybody and nobody knows cmd"
		case slices.Contains(ours, room), slices.Contains(ours, "*") && room != "bench" && room != "internal/rooms":
			return ""
		}
		return "the table does not allow " + r.Path + " to know " + room + "; declare what you need as an interface or a function type, or give the table's row a reason"
	}
	if standard(imp) {
		if r.Pure && !test && slices.Contains(impure(), imp) {
			return r.Path + " is a pure room: it imports nothing that can fail, no files, network or processes"
		}
		return ""
	}
	for _, prefix := range allowed {
		if within(imp, prefix) {
			return ""
		}
	}
	for prefix, why := range bounded() {
		if within(imp, prefix) {
			return why
		}
	}
	return "the table does not list this library for " + r.Path + "; what is rarely needed is better written than imported"
}

func impure() []string {
	return []string{"os", "os/exec", "net", "net/http", "syscall", "io/ioutil", "log", "database/sql", "plugin"}
}

func ourRoom(imp string) (string, bool) {
	if imp == Module {
		return ".", true
	}
	return strings.CutPrefix(imp, Module+"/")
}

// standard reports whether imp is of the standard library: the first element
// of every other path is a host name.
func standard(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return !strings.Contains(first, ".")
}

func within(imp, prefix string) bool { return imp == prefix || strings.HasPrefix(imp, prefix+"/") }

func rows(t *testing.T) map[string]Room {
	t.Helper()
	listed := map[string]Room{}
	for _, row := range Table() {
		if _, twice := listed[row.Path]; twice {
			t.Errorf("the table lists %s twice", row.Path)
		}
		if row.Purpose == "" {
			t.Errorf("the row of %s says no purpose", row.Path)
		}
		listed[row.Path] = row
	}
	return listed
}

// files reads the imports of every Go file of the module, generated ones and
// those behind build tags included.
func files(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != root && (base == "testdata" || base == "bin" || base == "vendor" || base[0] == '.' || base[0] == '_') {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(base, ".go") {
			return nil
		}
		f, err := read(name)
		if err != nil {
			return err
		}
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("read %d Go files under %s: that cannot be the module", len(all), root)
	}
	return all
}

func read(name string) (file, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return file{}, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return file{}, err
	}
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return file{}, err
	}
	rel = filepath.ToSlash(rel)
	f := file{name: rel, room: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"),
		lines: bytes.Count(text, []byte("\n")), generated: ast.IsGenerated(tree)}
	if tree.Doc != nil && !f.generated {
		f.doc = tree.Doc.Text()
	}
	for _, spec := range tree.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return file{}, err
		}
		f.imports = append(f.imports, imp)
	}
	return f, nil
}
