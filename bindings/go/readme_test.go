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
	paths := append(must(filepath.Glob("example*_test.go"))(t), "prometheus/example_test.go", "otel/example_test.go")
	for _, path := range paths {
		run += string(must(os.ReadFile(path))(t))
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	equal(t, len(snippets), 9)
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
		if !regexp.MustCompile("(?m)^\\| `(Store\\.)?" + name + `\(`).MatchString(readme) {
			t.Errorf("%s is not", name)
		}
	}
}

// signatures are those of the exported functions and methods, as the README writes them.
func signatures(t *testing.T) map[string]bool {
	found := map[string]bool{}
	line := regexp.MustCompile(`(?m)^func (?:\(\w+ \*?(\w+)(?:\[T\])?\) )?([A-Z]\w*.*?) (?:\{|\{ .*\})$`)
	for _, path := range sources(t, []string{"."}) {
		for _, match := range line.FindAllStringSubmatch(string(must(os.ReadFile(path))(t)), -1) {
			signature := strings.Replace(match[2], "ctx context.Context", "ctx", 1)
			// Results that have names for a trace alone.
			signature = strings.Replace(signature, ") (err error)", ") error", 1)
			if before, results, isNamed := strings.Cut(signature, "(_ "); isNamed {
				signature = before + "(" + strings.Replace(results, ", err error)", ", error)", 1)
			}
			if match[1] == "Store" || match[1] == "" {
				found[signature] = true
			}
			if match[1] != "" {
				found[match[1]+"."+signature] = true
			}
		}
	}
	return found
}

func TestTheSignaturesInTheReadmeAreThoseOfTheCode(t *testing.T) {
	readme := string(must(os.ReadFile("README.md"))(t))
	calls := readme[strings.Index(readme, "\n## Calls\n"):strings.Index(readme, "\n### Options\n")]
	options := readme[strings.Index(readme, "\n### Options\n"):strings.Index(readme, "\n### Rules\n")]
	code := signatures(t)
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ").FindAllStringSubmatch(calls, -1)
	for _, row := range rows {
		if !code[row[1]] {
			t.Errorf("%s is not in the code", row[1])
		}
	}
	makers := regexp.MustCompile("`([A-Z][A-Za-z.]*\\([^`]*\\))`").FindAllStringSubmatch(options, -1)
	for _, maker := range makers {
		isThere := false
		for signature := range code {
			isThere = isThere || strings.HasPrefix(signature, maker[1]+" ")
		}
		if !isThere {
			t.Errorf("%s is not in the code", maker[1])
		}
	}
	for signature := range code {
		name, returns, _ := strings.Cut(signature, "(")
		if strings.HasSuffix(returns, "Option") || strings.HasSuffix(returns, " Selection") {
			if !strings.Contains(options, "`"+name+"(") {
				t.Errorf("%s is not among the options", signature)
			}
		}
	}
	if len(rows) < 85 || len(makers) < 30 {
		t.Fatalf("only %d calls and %d options were looked at", len(rows), len(makers))
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
