//! The INIT macros, made from the fields of the structures that begin with their size.

use syn::{Fields, Item, ItemStruct, Type};

/// Returns the macro and its comment for each structure of `file` that begins with its size, under
/// the structure's name.
pub fn of_file(file: &syn::File) -> Vec<(String, Vec<String>)> {
    let structures = file.items.iter().filter_map(|item| match item {
        Item::Struct(structure) => Some(structure),
        _ => None,
    });
    structures.filter_map(|it| Some((it.ident.to_string(), initialiser(it)?))).collect()
}

/// Returns the line of the comment and those of the macro.
fn initialiser(structure: &ItemStruct) -> Option<Vec<String>> {
    let Fields::Named(fields) = &structure.fields else { return None };
    let fields: Vec<_> = fields.named.iter().collect();
    let (size, rest) = fields.split_first()?;
    if size.ident.as_ref()? != "size" || !is_repr_c(structure) {
        return None;
    }
    let name = structure.ident.to_string();
    let kind = match name.ends_with("_options") {
        true => "the defaults",
        false => "its size and nothing else, to be filled by a call",
    };
    let mut line = format!("#define {}_INIT {{ sizeof({name})", name.to_uppercase());
    for field in rest {
        line.push_str(", ");
        line.push_str(zero(&field.ty));
    }
    line.push_str(" }");
    Some(vec![format!("Initialises a {name}: {kind}."), line])
}

fn is_repr_c(structure: &ItemStruct) -> bool {
    let mut is_c = false;
    for attribute in &structure.attrs {
        if attribute.path().is_ident("repr") {
            let read = attribute.parse_nested_meta(|meta| {
                is_c |= meta.path.is_ident("C");
                Ok(())
            });
            read.expect("a repr");
        }
    }
    is_c
}

/// Returns what a field of a type begins with, which no compiler of C or C++ warns of.
fn zero(field: &Type) -> &'static str {
    match field {
        Type::Ptr(_) => "NULL",
        Type::Array(array) if is_letter(&array.elem) => "\"\"",
        Type::Array(_) => "{ 0 }",
        _ => "0",
    }
}

/// Returns whether an array of this type is a text.
fn is_letter(element: &Type) -> bool {
    matches!(element, Type::Path(path) if path.path.is_ident("c_char"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> Vec<(String, Vec<String>)> {
        of_file(&syn::parse_file(text).expect("Rust"))
    }

    #[test]
    fn structures_that_begin_with_their_size_have_one() {
        let found = of_text(
            "#[repr(C)] pub struct kv_x_options { pub size: u32, pub a: *const c_void, pub b: u64,
             pub text: [c_char; 16], pub counts: [u64; 9] }
             #[repr(C)] pub struct kv_handle { pub id: u64 }
             pub struct Inner { size: u32, b: u64 }",
        );
        let comment = "Initialises a kv_x_options: the defaults.".to_owned();
        let line = "#define KV_X_OPTIONS_INIT { sizeof(kv_x_options), NULL, 0, \"\", { 0 } }";
        assert_eq!(found, [("kv_x_options".to_owned(), vec![comment, line.to_owned()])]);
    }
}
