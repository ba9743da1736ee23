//! Declarations: what cbindgen makes of one file of `src/ffi`, taken apart and laid out.

use std::fs;
use std::path::PathBuf;

use super::comments::WIDTH;

/// In the order in which a chapter has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Another name for a number.
    Number,
    Constant,
    Type,
    Function,
}

/// A line of a declaration, or the comment of a field.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Line(String),
    Comment(Vec<String>),
}

/// A declaration with the lines of its comment.
#[derive(Debug)]
pub struct Declaration {
    pub name: String,
    pub kind: Kind,
    pub comment: Vec<String>,
    pub pieces: Vec<Piece>,
}

/// Returns the path of a file of `src/ffi`.
pub fn source(file: &str) -> PathBuf {
    crate::support::root().join(format!("src/ffi/{file}.rs"))
}

/// Returns a file of `src/ffi` as syn reads it.
pub fn syntax(file: &str) -> syn::File {
    let text = fs::read_to_string(source(file)).expect("a file of src/ffi");
    syn::parse_file(&text).expect("a source in Rust")
}

/// Returns the declarations of a file, in the order of a chapter.
pub fn of_file(file: &str) -> Vec<Declaration> {
    let syntax = syntax(file);
    let spelled: Vec<Declaration> = syntax.items.iter().filter_map(spelled_out).collect();
    let mut found = parse(&cbindgen_of(file, &syntax, &spelled));
    found.extend(spelled);
    let order: Vec<String> = syntax.items.iter().filter_map(constant_name).collect();
    found.sort_by_key(|it| (it.kind, order.iter().position(|name| *name == it.name)));
    found
}

/// Runs cbindgen on one file. Types of other files come out by their names alone.
fn cbindgen_of(file: &str, syntax: &syn::File, left_out: &[Declaration]) -> String {
    let settings = crate::support::root().join("cbindgen.toml");
    let mut config = cbindgen::Config::from_file(settings).expect("valid settings");
    config.export.exclude.extend(left_out.iter().map(|it| it.name.clone()));
    // Also those that no function of the same file takes.
    config.export.include.extend(syntax.items.iter().filter_map(type_name));
    let builder = cbindgen::Builder::new().with_config(config).with_src(source(file));
    let mut text = Vec::new();
    builder.generate().expect("a header of one file").write(&mut text);
    String::from_utf8(text).expect("the header is UTF-8")
}

fn type_name(item: &syn::Item) -> Option<String> {
    let (visibility, name) = match item {
        syn::Item::Struct(it) => (&it.vis, &it.ident),
        syn::Item::Type(it) => (&it.vis, &it.ident),
        _ => return None,
    };
    matches!(visibility, syn::Visibility::Public(_)).then(|| name.to_string())
}

fn constant_name(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Const(constant) => Some(constant.ident.to_string()),
        _ => None,
    }
}

/// Returns a constant that cbindgen has no word for: the end of the range of a type.
fn spelled_out(item: &syn::Item) -> Option<Declaration> {
    let syn::Item::Const(constant) = item else { return None };
    let syn::Expr::Path(value) = &*constant.expr else { return None };
    let segments: Vec<_> = value.path.segments.iter().map(|it| it.ident.to_string()).collect();
    let in_c = match segments.join("::").as_str() {
        "usize::MAX" => "SIZE_MAX",
        "i64::MIN" => "INT64_MIN",
        _ => return None,
    };
    let name = constant.ident.to_string();
    let is_public = matches!(constant.vis, syn::Visibility::Public(_));
    is_public.then(|| Declaration {
        comment: doc(&constant.attrs),
        kind: Kind::Constant,
        pieces: vec![Piece::Line(format!("#define {name} {in_c}"))],
        name,
    })
}

/// Returns the lines of a documentation comment.
fn doc(attributes: &[syn::Attribute]) -> Vec<String> {
    let lines = attributes.iter().filter_map(|attribute| {
        let syn::Meta::NameValue(meta) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &meta.value else {
            return None;
        };
        meta.path.is_ident("doc").then(|| text.value().trim_start_matches(' ').to_owned())
    });
    lines.collect()
}

/// Takes apart what cbindgen has written: declarations stand between blank lines.
fn parse(text: &str) -> Vec<Declaration> {
    let mut found = Vec::new();
    let mut pieces = Vec::new();
    let mut comment: Option<Vec<String>> = None;
    for line in text.lines().chain([""]) {
        let trimmed = line.trim();
        match (trimmed, &mut comment) {
            ("*/", Some(_)) => pieces.push(Piece::Comment(comment.take().unwrap_or_default())),
            (_, Some(lines)) => {
                let line = trimmed.strip_prefix('*').expect("a line of a comment");
                lines.push(line.strip_prefix(' ').unwrap_or(line).to_owned());
            }
            ("/**", None) => comment = Some(Vec::new()),
            ("", None) if !pieces.is_empty() => {
                found.push(declaration(std::mem::take(&mut pieces)))
            }
            ("", None) => {}
            (_, None) => pieces.push(Piece::Line(line.to_owned())),
        }
    }
    found
}

fn declaration(mut pieces: Vec<Piece>) -> Declaration {
    let comment = match pieces.first() {
        Some(Piece::Comment(_)) => match pieces.remove(0) {
            Piece::Comment(lines) => lines,
            Piece::Line(_) => Vec::new(),
        },
        _ => Vec::new(),
    };
    let code: Vec<&str> = pieces.iter().filter_map(line_of).collect();
    let code = code.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let (kind, name) = kind_and_name(&code);
    let pieces = match kind {
        Kind::Constant => vec![Piece::Line(constant(&code))],
        Kind::Type if code.starts_with("typedef struct") => {
            let pieces = pieces.into_iter();
            pieces.map(|it| if let Piece::Line(line) = it { field(&line) } else { it }).collect()
        }
        _ => layout(&without_struct(&code)).into_iter().map(Piece::Line).collect(),
    };
    Declaration { name: name.to_owned(), kind, comment, pieces }
}

fn line_of(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Line(line) => Some(line),
        Piece::Comment(_) => None,
    }
}

fn kind_and_name(code: &str) -> (Kind, &str) {
    let word = |text: &'static str| move |it: &char| !(it.is_alphanumeric() || text.contains(*it));
    let last_word = |text: &str| text.rfind(|it| word("_")(&it)).map_or(0, |at| at + 1);
    if let Some(define) = code.strip_prefix("#define ") {
        return (Kind::Constant, define.split(' ').next().unwrap_or(define));
    }
    let code = code.trim_end_matches(';');
    if let Some((before, _)) = code.split_once(")(") {
        return (Kind::Type, &before[last_word(before)..]);
    }
    if code.starts_with("typedef ") {
        let kind = if code.contains('{') { Kind::Type } else { Kind::Number };
        return (kind, &code[last_word(code)..]);
    }
    let before = code.split('(').next().unwrap_or(code);
    (Kind::Function, &before[last_word(before)..])
}

/// Writes a constant so that it is one operand in every expression.
fn constant(code: &str) -> String {
    match code.rsplit_once(' ') {
        Some((define, value)) if value.starts_with('-') => format!("{define} ({value})"),
        _ => code.to_owned(),
    }
}

fn field(line: &str) -> Piece {
    let is_field = line.starts_with(' ');
    Piece::Line(if is_field { without_struct(line) } else { line.to_owned() })
}

fn without_struct(code: &str) -> String {
    code.replace("struct kv_", "kv_")
}

/// Lays a prototype out: on one line, or filled, the parameters below each other.
fn layout(code: &str) -> Vec<String> {
    let open = match code.find(")(") {
        Some(at) => at + 1,
        None => code.find('(').unwrap_or(code.len()),
    };
    if code.len() <= WIDTH || open == code.len() {
        return vec![code.to_owned()];
    }
    let (before, parameters) = code.split_at(open + 1);
    let mut lines = Vec::new();
    let mut line = before.to_owned();
    for parameter in parameters.split_inclusive(", ") {
        if line.len() + parameter.trim_end().len() > WIDTH {
            lines.push(line.trim_end().to_owned());
            line = " ".repeat(before.len());
        }
        line.push_str(parameter);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(declaration: &Declaration) -> Vec<&str> {
        declaration.pieces.iter().filter_map(line_of).collect()
    }

    #[test]
    fn declarations_are_taken_apart() {
        let text = "\n/**\n * A number.\n */\n#define KV_A -1\n\ntypedef int32_t kv_a;\n\n\
                    /**\n * A store.\n *\n * More.\n */\ntypedef struct kv_s {\n  /**\n   * Its.\n   */\n  \
                    const struct kv_t *id;\n} kv_s;\n\ntypedef int32_t (*kv_fn)(void *user_data,\n   \
                    const struct kv_s *s);\n\nconst char *kv_f(kv_a a,\n   struct kv_s *s);\n";
        let found = parse(text);

        let names: Vec<_> = found.iter().map(|it| (it.kind, it.name.as_str())).collect();
        assert_eq!(
            names,
            [
                (Kind::Constant, "KV_A"),
                (Kind::Number, "kv_a"),
                (Kind::Type, "kv_s"),
                (Kind::Type, "kv_fn"),
                (Kind::Function, "kv_f"),
            ]
        );
        assert_eq!(lines(&found[0]), ["#define KV_A (-1)"]);
        assert_eq!(found[2].comment, ["A store.", "", "More."]);
        assert_eq!(lines(&found[2]), ["typedef struct kv_s {", "  const kv_t *id;", "} kv_s;"]);
        assert_eq!(found[2].pieces[1], Piece::Comment(vec!["Its.".to_owned()]));
        assert_eq!(lines(&found[3]), ["typedef int32_t (*kv_fn)(void *user_data, const kv_s *s);"]);
        assert_eq!(lines(&found[4]), ["const char *kv_f(kv_a a, kv_s *s);"]);
    }

    #[test]
    fn long_prototypes_are_filled() {
        let parameters = ["const void *parameter"; 8].join(", ");
        let lines = layout(&format!("kv_status kv_call({parameters});"));

        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        assert!(lines[1].starts_with(&" ".repeat("kv_status kv_call(".len())));
        assert!(lines[0].ends_with(',') && lines[2].ends_with(");"));
    }
}
