package kv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheReadmeHasTheQuickstartAsItIs(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	quickstart := string(must(os.ReadFile("examples/quickstart/main.go"))(t))
	if !strings.Contains(readme, "```go\n"+quickstart+"```\n") {
		t.Fatal("it differs from examples/quickstart/main.go")
	}
}

func TestEverySnippetOfTheReadmeIsCodeThatRuns(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	run := string(must(os.ReadFile("examples/quickstart/main.go"))(t))
	for _, path := range must(filepath.Glob("example*_test.go"))(t) {
		run += string(must(os.ReadFile(path))(t))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	equal(t, len(snippets), 3)
	for _, snippet := range snippets {
		if !strings.Contains(run, snippet[1]) {
			t.Errorf("no program and no example has:\n%s", snippet[1])
		}
	}
}

// exported returns the exported names that occur in the files of packages.
func exported(t *testing.T, directories ...string) map[string]bool {
	names := map[string]bool{}
	for _, path := range sources(t, directories) {
		file := must(parser.ParseFile(token.NewFileSet(), path, nil, 0))(t)
		ast.Inspect(file, func(node ast.Node) bool {
			if identifier, isIdentifier := node.(*ast.Ident); isIdentifier && identifier.IsExported() {
				names[identifier.Name] = true
			}
			return true
		})
	}
	return names
}

// sources returns the files of packages, without those of tests.
func sources(t *testing.T, directories []string) []string {
	var found []string
	for _, directory := range directories {
		files := must(filepath.Glob(directory + "/*.go"))(t)
		found = append(found, slices.DeleteFunc(files, func(path string) bool { return strings.HasSuffix(path, "_test.go") })...)
	}
	return found
}

// below returns a directory and all directories in it.
func below(t *testing.T, directory string) []string {
	var found []string
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEveryOperationIsInTheReadme(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	for name := range calls(t) {
		if !regexp.MustCompile("`(Store\\.)?" + name + "`").MatchString(readme) {
			t.Errorf("%s is not", name)
		}
	}
}

func TestTheReadmesTablesNameWhatThereIs(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	tables := regexp.MustCompile("(?m)^\\| [a-z-]+, `(adapters/[a-z]+)`").FindAllStringSubmatchIndex(readme, -1)
	equal(t, len(tables), 5)
	own, checked := exported(t, "."), 0
	for _, table := range tables {
		adapter := exported(t, below(t, readme[table[2]:table[3]])...)
		for _, row := range strings.Split(strings.SplitN(readme[table[0]:], "\n\n", 2)[0], "\n")[2:] {
			cells := strings.Split(row, "|")
			for i, names := range []map[string]bool{adapter, own} {
				for _, code := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[i+2], -1) {
					for _, name := range regexp.MustCompile(`\b[A-Z]\w+`).FindAllString(code[1], -1) {
						checked++
						if !names[name] {
							t.Errorf("%s of %s is not there", name, row)
						}
					}
				}
			}
		}
	}
	if checked < 80 {
		t.Fatalf("only %d names were looked at", checked)
	}
}
