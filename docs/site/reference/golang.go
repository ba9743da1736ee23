// Writes the reference of Go as Markdown pages: the exported names of a package with their comments.
//
//	go run golang.go PACKAGE FOLDER
//
// It prints a line for each page: its name, a tab, and its title.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/printer"
	"go/token"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A reference is a package, and where each of its names is described.
type reference struct {
	files   *token.FileSet
	pkg     *doc.Package
	printer *comment.Printer
	page    string
}

// The types with a page of their own.
var large = []string{"Store", "Tx", "Batch", "Typed"}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: golang PACKAGE FOLDER")
	}
	reference, err := read(os.Args[1])
	check(err)
	check(os.MkdirAll(os.Args[2], 0o755))
	pages := [][2]string{{"package", "Package kv"}}
	texts := map[string]string{"package": reference.overview()}
	for _, name := range large {
		for _, kind := range reference.pkg.Types {
			if kind.Name == name {
				page := strings.ToLower(name)
				pages = append(pages, [2]string{page, "kv." + name})
				texts[page] = reference.typePage(kind)
			}
		}
	}
	pages = append(pages, [2]string{"types", "Types"}, [2]string{"values", "Constants and variables"})
	texts["types"] = reference.typesPage()
	texts["values"] = reference.valuesPage()
	for _, page := range pages {
		path := filepath.Join(os.Args[2], page[0]+".md")
		check(os.WriteFile(path, []byte(texts[page[0]]), 0o644))
		fmt.Printf("%s\t%s\n", page[0], page[1])
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Reads the package in a folder, without its tests.
func read(folder string) (*reference, error) {
	files := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	var parsed []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	pkg, err := doc.NewFromFiles(files, parsed, "kv.internal/kv")
	if err != nil {
		return nil, err
	}
	printer := pkg.Printer()
	printer.HeadingID = func(*comment.Heading) string { return "" }
	reference := &reference{files: files, pkg: pkg, printer: printer}
	printer.DocLinkURL = reference.link
	return reference, nil
}

// Returns the address of a name: in another package none, for the site is read without a network.
func (r *reference) link(link *comment.DocLink) string {
	owner := link.Name
	if link.Recv != "" {
		owner = link.Recv
	}
	page := r.pageOf(owner)
	if link.ImportPath != "" || page == "" {
		return ""
	}
	if link.Recv != "" && r.hasMethod(link.Recv, link.Name) {
		return page + ".md#" + anchor(link.Recv+"."+link.Name)
	}
	// A type with a page of its own is that page.
	if page == strings.ToLower(owner) {
		return page + ".md"
	}
	return page + ".md#" + anchor(owner)
}

// Answers whether a type has a method: a link may name a field too.
func (r *reference) hasMethod(kind, name string) bool {
	for _, it := range r.pkg.Types {
		for _, method := range it.Methods {
			if it.Name == kind && method.Name == name {
				return true
			}
		}
	}
	return false
}

// Returns the page of a top-level name.
func (r *reference) pageOf(name string) string {
	for _, kind := range r.pkg.Types {
		if kind.Name == name {
			if slices.Contains(large, name) {
				return strings.ToLower(name)
			}
			return "types"
		}
		for _, function := range kind.Funcs {
			if function.Name == name {
				return "package"
			}
		}
		for _, value := range append(kind.Consts, kind.Vars...) {
			for _, it := range value.Names {
				if it == name {
					return ""
				}
			}
		}
	}
	for _, function := range r.pkg.Funcs {
		if function.Name == name {
			return "package"
		}
	}
	return ""
}

func anchor(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), ".", "")
}

// Returns a comment as Markdown. A link that has no address is plain text.
func (r *reference) text(comment string) string {
	text := string(r.printer.Markdown(r.pkg.Parser().Parse(comment)))
	text = strings.NewReplacer("[`", "`", "]()", "").Replace(text)
	return fenced(text)
}

// Returns Markdown whose indented code is in fences, which name the language.
func fenced(text string) string {
	var out []string
	inCode := false
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		isCode := strings.HasPrefix(line, "\t") || inCode && line == ""
		if isCode != inCode {
			if inCode {
				out = append(out, "```", "")
			} else {
				out = append(out, "```go")
			}
			inCode = isCode
		}
		out = append(out, strings.TrimPrefix(line, "\t"))
	}
	if inCode {
		out = append(out, "```")
	}
	return strings.ReplaceAll(strings.Join(out, "\n"), "\n\n```\n", "\n```\n")
}

// Returns a declaration as code, without the bodies of functions and the comments of others.
func (r *reference) code(node any) string {
	var buffer bytes.Buffer
	if function, ok := node.(*ast.FuncDecl); ok {
		copied := *function
		copied.Body, copied.Doc = nil, nil
		node = &copied
	}
	if declaration, ok := node.(*ast.GenDecl); ok {
		copied := *declaration
		copied.Doc = nil
		node = &copied
	}
	configuration := printer.Config{Mode: printer.UseSpaces | printer.TabIndent, Tabwidth: 4}
	check(configuration.Fprint(&buffer, r.files, node))
	return "```go\n" + buffer.String() + "\n```\n"
}

func (r *reference) function(level string, function *doc.Func) string {
	name := function.Name
	if function.Recv != "" {
		receiver, _, _ := strings.Cut(strings.TrimPrefix(function.Recv, "*"), "[")
		name = receiver + "." + name
	}
	return fmt.Sprintf("\n%s %s\n\n%s\n%s\n", level, name, r.code(function.Decl), r.text(function.Doc))
}

// Returns the page of the package's comment and its functions, those that return a type among them.
func (r *reference) overview() string {
	r.printer.HeadingLevel = 2
	page := "# Package kv (Go)\n\n" + r.text(r.pkg.Doc) + "\n\n## Functions\n"
	r.printer.HeadingLevel = 4
	functions := append([]*doc.Func{}, r.pkg.Funcs...)
	for _, kind := range r.pkg.Types {
		functions = append(functions, kind.Funcs...)
	}
	for _, function := range functions {
		page += r.function("###", function)
	}
	return page
}

func (r *reference) typePage(kind *doc.Type) string {
	page := fmt.Sprintf("# kv.%s (Go)\n\n%s\n%s\n", kind.Name, r.code(kind.Decl), r.text(kind.Doc))
	for _, method := range kind.Methods {
		page += r.function("##", method)
	}
	return page
}

func (r *reference) typesPage() string {
	page := "# Types (Go)\n\nThe other types of the package, by name.\n"
	for _, kind := range r.pkg.Types {
		if r.pageOf(kind.Name) != "types" {
			continue
		}
		page += fmt.Sprintf("\n## %s\n\n%s\n%s\n", kind.Name, r.code(kind.Decl), r.text(kind.Doc))
		for _, value := range append(kind.Consts, kind.Vars...) {
			page += "\n" + r.text(value.Doc) + "\n\n" + r.code(value.Decl)
		}
		for _, method := range kind.Methods {
			page += r.function("###", method)
		}
	}
	return page
}

func (r *reference) valuesPage() string {
	page := "# Constants and variables (Go)\n\nThe constants and variables of the package, errors among them.\n"
	for _, value := range append(r.pkg.Consts, r.pkg.Vars...) {
		page += "\n" + r.text(value.Doc) + "\n\n" + r.code(value.Decl)
	}
	return page
}
