//! A YAML document as a tree that knows where each part of it stands.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, options};

/// How deep lists and mappings may stand in each other.
pub const DEPTH_MAX: usize = 64;

/// A place in the file: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// What is wrong with a file, and where, if it is at one place.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it is.
    pub place: Option<Place>,
    /// A sentence, without the place.
    pub message: String,
}

/// A document. Parts of it are known by their number, so that an alias is the same number again:
/// nothing is copied, however often one is used, and nothing calls itself on the way down.
#[derive(Debug)]
pub struct Document {
    nodes: Vec<Node>,
    root: usize,
}

/// A part of a document.
#[derive(Debug)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// What a part of a document is.
#[derive(Debug)]
pub enum Content {
    /// A text, number or other single value.
    Scalar(Scalar),
    /// A list; nobody asks for what is in it.
    List,
    /// Keys with what they stand for, in the order of the file.
    Mapping(Vec<Entry>),
    /// Something with a tag such as `!!binary`, which nobody here understands.
    Tagged,
}

/// A key of a mapping, each there once, and the part of the document that it stands for.
#[derive(Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub place: Place,
    node: usize,
}

/// A single value as it is written.
#[derive(Debug)]
pub struct Scalar {
    text: String,
    is_plain: bool,
}

/// What YAML 1.2 (its core schema) says a single value is.
#[derive(Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number, as it is written.
    Integer(&'a str),
    /// A number that is not written as a whole one.
    Float,
    /// Anything else, and all that is in quotes.
    Text(&'a str),
}

impl Document {
    /// Returns the only document in `text`, or what is wrong with it.
    pub fn parse(text: &str) -> Result<Document, Fault> {
        let limits = options! { block_nesting_limit: DEPTH_MAX, flow_nesting_limit: DEPTH_MAX };
        let mut builder = Builder::default();
        for event in Parser::new_from_str_with_options(text, limits) {
            let (event, span) = event.map_err(fault)?;
            builder.take(event, Place::of(&span.start))?;
        }
        let Builder { nodes, root, .. } = builder;
        let root = root.ok_or(Fault { place: None, message: "it is empty".to_owned() })?;
        Ok(Document { nodes, root })
    }

    /// Returns the whole.
    pub fn root(&self) -> &Node {
        &self.nodes[self.root]
    }

    /// Returns what the key of a mapping stands for.
    pub fn node(&self, entry: &Entry) -> &Node {
        &self.nodes[entry.node]
    }
}

impl Place {
    fn of(marker: &Marker) -> Place {
        Place { line: marker.line(), column: marker.col() + 1 }
    }

    /// Returns the fault that `message` describes, here.
    pub fn fault(self, message: impl Into<String>) -> Fault {
        Fault { place: Some(self), message: message.into() }
    }
}

impl Scalar {
    /// Returns what the value is.
    pub fn value(&self) -> Value<'_> {
        let text = self.text.as_str();
        match text {
            _ if !self.is_plain => Value::Text(text),
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Boolean(true),
            "false" | "False" | "FALSE" => Value::Boolean(false),
            _ if is_integer(text) => Value::Integer(text),
            _ if is_float(text) => Value::Float,
            _ => Value::Text(text),
        }
    }
}

fn is_integer(text: &str) -> bool {
    let all = |text: &str, is_digit: fn(&u8) -> bool| {
        !text.is_empty() && text.as_bytes().iter().all(is_digit)
    };
    match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => all(digits, u8::is_ascii_hexdigit),
        (_, Some(digits)) => all(digits, |it| (b'0'..b'8').contains(it)),
        _ => all(text.strip_prefix(['-', '+']).unwrap_or(text), u8::is_ascii_digit),
    }
}

fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_named = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&text);
    // What Rust reads as a number beyond that are words.
    let is_number = text.starts_with(|it: char| it.is_ascii_digit() || it == '.')
        && text.parse::<f64>().is_ok();
    is_named || is_number
}

/// Returns a key as a message shows it. One with a colon is mostly a value that the space before it
/// is missing from, maybe a password.
pub fn shown(key: &str) -> String {
    const SHOWN_MAX: usize = 64;
    if key.contains(':') {
        return "with a colon in it (a space has to follow the one that ends a key)".to_owned();
    }
    let cut = key.char_indices().nth(SHOWN_MAX).map_or(key, |(at, _)| &key[..at]);
    format!("{cut:?}{}", if cut.len() < key.len() { "..." } else { "" })
}

fn fault(error: ScanError) -> Fault {
    let message = match error.kind() {
        // It would be shown, and may be of a secret.
        ErrorKind::UnexpectedCharacter { .. } => "unexpected character".to_owned(),
        _ => error.info(),
    };
    Place::of(error.marker()).fault(message)
}

/// Makes a tree of what the parser reports.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, usize>,
    root: Option<usize>,
}

/// A list or mapping whose end is still to come.
struct Open {
    place: Place,
    anchor: usize,
    is_tagged: bool,
    /// Of a mapping.
    pairs: Option<Pairs>,
}

#[derive(Default)]
struct Pairs {
    entries: Vec<Entry>,
    lines: HashMap<String, usize>,
    key: Option<(String, Place)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, place: Place) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err(place.fault("a second document begins; a services file is one"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let scalar = Scalar { text: text.into_owned(), is_plain };
                self.finish(place, anchor, tag.is_some(), Content::Scalar(scalar))?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open.push(Open { place, anchor, is_tagged: tag.is_some(), pairs: None });
            }
            Event::MappingStart(_, anchor, tag) => {
                let pairs = Some(Pairs::default());
                self.open.push(Open { place, anchor, is_tagged: tag.is_some(), pairs });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(Open { place, anchor, is_tagged, pairs }) = self.open.pop() {
                    let content = pairs.map_or(Content::List, |it| Content::Mapping(it.entries));
                    self.finish(place, anchor, is_tagged, content)?;
                }
            }
            Event::Alias(anchor) => {
                // The anchor of something that is still open is not there yet.
                let node = self.anchors.get(&anchor).copied();
                let node = node.ok_or_else(|| place.fault("an alias stands in what it names"))?;
                self.give(node, place)?;
            }
            _ => (),
        }
        Ok(())
    }

    fn finish(
        &mut self,
        place: Place,
        anchor: usize,
        is_tagged: bool,
        content: Content,
    ) -> Result<(), Fault> {
        let content = if is_tagged { Content::Tagged } else { content };
        let node = self.nodes.len();
        self.nodes.push(Node { place, content });
        if anchor != 0 {
            self.anchors.insert(anchor, node);
        }
        self.give(node, place)
    }

    /// Puts a node that stands at `place` where it belongs.
    fn give(&mut self, node: usize, place: Place) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        let Some(pairs) = &mut open.pairs else { return Ok(()) };
        if let Some((key, place)) = pairs.key.take() {
            pairs.entries.push(Entry { key, place, node });
            return Ok(());
        }
        let Content::Scalar(Scalar { text, .. }) = &self.nodes[node].content else {
            return Err(place.fault("a key has to be a plain text"));
        };
        if let Some(line) = pairs.lines.insert(text.clone(), place.line) {
            let key = shown(text);
            return Err(place.fault(format!("key {key} stands in line {line} already")));
        }
        pairs.key = Some((text.clone(), place));
        Ok(())
    }
}
