package kv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// examples are the functions that go doc shows, by what they are examples of, and the functions of
// their package that they call.
func examples(t *testing.T, folder, name string) (of map[string]*ast.FuncDecl, called map[string]bool) {
	of, called = map[string]*ast.FuncDecl{}, map[string]bool{}
	for _, path := range must(filepath.Glob(filepath.Join(folder, "example*_test.go")))(t) {
		file := must(parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments))(t)
		for _, declaration := range file.Decls {
			function, isFunction := declaration.(*ast.FuncDecl)
			if !isFunction {
				continue
			}
			subject, isExample := strings.CutPrefix(function.Name.Name, "Example")
			if !isExample {
				continue
			}
			if !hasOutput(file, function) {
				t.Errorf("%s has no output, so it is not run", function.Name.Name)
			}
			of[subject] = function
			ast.Inspect(function.Body, func(node ast.Node) bool {
				selector, isSelector := node.(*ast.SelectorExpr)
				if !isSelector {
					return true
				}
				if from, isName := selector.X.(*ast.Ident); isName && from.Name == name {
					called[selector.Sel.Name] = true
				}
				return true
			})
		}
	}
	return of, called
}

func hasOutput(file *ast.File, function *ast.FuncDecl) bool {
	for _, comment := range file.Comments {
		if comment.Pos() > function.Body.Pos() && comment.End() < function.Body.End() &&
			strings.HasPrefix(comment.Text(), "Output:") {
			return true
		}
	}
	return false
}

func TestEachExportedTypeAndFunctionHasAnExample(t *testing.T) {
	types, functions := 0, 0
	for folder, name := range map[string]string{".": "kv", "prometheus": "kvprometheus", "otel": "kvotel"} {
		inFolder, itsFunctions := haveExamples(t, folder, name)
		types, functions = types+inFolder, functions+itsFunctions
	}
	if types < 35 || functions < 35 {
		t.Fatalf("only %d types and %d functions were looked at", types, functions)
	}
}

// haveExamples returns how many types and functions of a package it has looked at.
func haveExamples(t *testing.T, folder, name string) (types, functions int) {
	of, called := examples(t, folder, name)
	for _, path := range sources(t, []string{folder}) {
		file := must(parser.ParseFile(token.NewFileSet(), path, nil, 0))(t)
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if named, isType := spec.(*ast.TypeSpec); isType && named.Name.IsExported() {
						types++
						if name := named.Name.Name; of[name] == nil {
							t.Errorf("the type %s has no Example%s", name, name)
						}
					}
				}
			case *ast.FuncDecl:
				if name := d.Name.Name; d.Recv == nil && d.Name.IsExported() {
					functions++
					if of[name] == nil && !called[name] {
						t.Errorf("no example calls %s", name)
					}
				}
			}
		}
	}
	return types, functions
}

func TestTheMainCallsOfAStoreHaveExamples(t *testing.T) {
	of, _ := examples(t, ".", "kv")
	for _, call := range strings.Fields("Get Set SetTTL Put Take Increment View GetBatch Scan Groups Update Watch Changes " +
		"OnChange Lock Scope Snapshot Render SetJSON OpenReader OpenWriter Copy Backup") {
		if of["Store_"+call] == nil {
			t.Errorf("there is no ExampleStore_%s", call)
		}
	}
}
