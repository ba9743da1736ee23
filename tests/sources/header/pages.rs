//! The text that the header takes from elsewhere: introductions from `docs/header`, examples from
//! `tests/c/header`.

use std::fs;
use std::path::PathBuf;

/// The lines between which a program shows itself in the header.
const BEGIN: &str = "/* In the header: */";
const END: &str = "/* Until here. */";

/// A text of `docs/header`.
pub struct Page {
    pub title: String,
    pub lines: Vec<String>,
}

fn path(of: &str) -> PathBuf {
    crate::support::root().join(of)
}

fn read(of: &str) -> String {
    fs::read_to_string(path(of)).unwrap_or_else(|error| panic!("{of}: {error}"))
}

/// Returns the page of a chapter.
pub fn page(id: &str) -> Page {
    let text = read(&format!("docs/header/{id}.md"));
    let mut lines = text.lines().map(str::to_owned);
    let title = lines.next().unwrap_or_default();
    let title = title.strip_prefix("# ").unwrap_or_else(|| panic!("{id}.md begins with no title"));
    Page { title: title.to_owned(), lines: lines.collect() }
}

/// Returns what the example of a chapter shows: between the two lines, without the indentation that
/// all lines have.
pub fn example(id: &str) -> Vec<String> {
    let name = format!("tests/c/header/{id}.c");
    cut(&read(&name)).unwrap_or_else(|| panic!("{name} does not mark what the header shows"))
}

fn cut(program: &str) -> Option<Vec<String>> {
    let (_, rest) = program.split_once(BEGIN)?;
    let (shown, _) = rest.split_once(END)?;
    let lines: Vec<&str> = shown.trim_end().trim_start_matches('\n').lines().collect();
    let depth = |line: &&str| line.len() - line.trim_start().len();
    let indent = lines.iter().filter(|it| !it.is_empty()).map(depth).min()?;
    let lines = lines.iter().map(|line| line.get(indent..).unwrap_or_default().to_owned());
    Some(lines.collect())
}

/// Returns the names of the files of a folder that end with `extension`, without it.
pub fn names(folder: &str, extension: &str) -> Vec<String> {
    let files = fs::read_dir(path(folder)).expect("a folder");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    names.filter_map(|name| Some(name.strip_suffix(extension)?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_cut_out_without_its_indentation() {
        let program = format!(
            "int main(void)\n{{\n    {BEGIN}\n    if (a)\n        b();\n\n    c();\n    {END}\n}}\n"
        );
        let shown = ["if (a)", "    b();", "", "c();"].map(str::to_owned);
        assert_eq!(cut(&program), Some(shown.to_vec()));
        assert_eq!(cut("int main(void) { return 0; }"), None);
    }
}
