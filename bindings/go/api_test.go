package kv_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A program can name every type that it receives or has to pass.
func TestNoExportedSignatureHasATypeThatAProgramCannotName(t *testing.T) {
	signatures := 0
	for _, path := range must(filepath.Glob("*.go"))(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file := must(parser.ParseFile(token.NewFileSet(), path, nil, 0))(t)
		for _, declaration := range file.Decls {
			for name, types := range signaturesOf(declaration) {
				signatures++
				if hidden := hiddenType(types); hidden != "" {
					t.Errorf("%s: %s has %s", path, name, hidden)
				}
			}
		}
	}
	if signatures < 150 {
		t.Fatalf("only %d signatures were looked at", signatures)
	}
}

// signaturesOf returns the types that an exported declaration shows, by its name.
func signaturesOf(declaration ast.Decl) map[string]ast.Node {
	shown := map[string]ast.Node{}
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || isExportedType(d.Recv.List[0].Type)) {
			shown[d.Name.Name] = d.Type
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			typed, isType := spec.(*ast.TypeSpec)
			if !isType || !typed.Name.IsExported() {
				continue
			}
			fields, isStruct := typed.Type.(*ast.StructType)
			if !isStruct {
				shown[typed.Name.Name] = typed.Type
				continue
			}
			for _, field := range fields.Fields.List {
				if len(field.Names) == 0 || field.Names[0].IsExported() {
					shown[typed.Name.Name+" "+fieldName(field)] = field.Type
				}
			}
		}
	}
	return shown
}

func fieldName(field *ast.Field) string {
	if len(field.Names) == 0 {
		return "embeds"
	}
	return field.Names[0].Name
}

func isExportedType(receiver ast.Expr) bool {
	exported := false
	ast.Inspect(receiver, func(node ast.Node) bool {
		if identifier, isIdentifier := node.(*ast.Ident); isIdentifier && !exported {
			exported = identifier.IsExported()
		}
		return !exported
	})
	return exported
}

// hiddenType returns a type of package capi, or one of this package that is not exported.
func hiddenType(types ast.Node) string {
	names := map[*ast.Ident]bool{}
	hidden := ""
	ast.Inspect(types, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				names[name] = true
			}
		case *ast.SelectorExpr:
			if from, isIdentifier := n.X.(*ast.Ident); isIdentifier && from.Name == "capi" {
				hidden = "capi." + n.Sel.Name
			}
			return false
		case *ast.Ident:
			if !names[n] && !n.IsExported() && !isBuiltIn(n.Name) {
				hidden = n.Name
			}
		}
		return true
	})
	return hidden
}

func isBuiltIn(name string) bool {
	return strings.Contains(" any bool byte error int int32 int64 string uint32 uint64 comparable ", " "+name+" ")
}
