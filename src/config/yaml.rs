//! A YAML document as a tree of nodes with their places in the text.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, options};

/// The deepest nesting of lists and mappings.
pub(super) const DEPTH_MAX: usize = 64;

/// A place in the file: line and column, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// An error in a file, and its place if it has one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Its place.
    pub place: Option<Place>,
    /// A sentence, without the place.
    pub message: String,
}

/// A document. A node is named by its index, and an alias is the index of its node: nothing is
/// copied however often an alias is used, and nothing recurses.
#[derive(Debug)]
pub(super) struct Document {
    nodes: Vec<Node>,
    root: usize,
}

/// A node of a document.
#[derive(Debug)]
pub(super) struct Node {
    /// The place of its first character.
    pub place: Place,
    /// Its content.
    pub content: Content,
}

/// The content of a node.
#[derive(Debug)]
pub(super) enum Content {
    /// A text, number or other single value.
    Scalar(Scalar),
    /// A list, without its elements, which no option uses.
    List,
    /// Keys and their values, in the order of the file.
    Mapping(Vec<MappingEntry>),
    /// A node with a tag such as `!!binary`; tags are not supported.
    Tagged,
}

/// A key of a mapping, which is unique in it, and the node of its value.
#[derive(Debug)]
pub(super) struct MappingEntry {
    /// The key.
    pub key: String,
    /// The place of the key.
    pub place: Place,
    node: usize,
}

/// A single value as it is written.
#[derive(Debug)]
pub(super) struct Scalar {
    text: String,
    is_plain: bool,
}

/// A single value by the rules of YAML 1.2's core schema.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number, as it is written in the file.
    Integer(&'a str),
    /// A number that is not a whole one as it is written.
    Float,
    /// Anything else, and every value in quotes.
    Text(&'a str),
}

impl Document {
    /// Returns the only document in `text`, or its fault.
    pub(super) fn parse(text: &str) -> Result<Document, Fault> {
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

    /// Returns the root of the tree.
    pub(super) fn root(&self) -> &Node {
        &self.nodes[self.root]
    }

    /// Returns the value of a key.
    pub(super) fn node(&self, entry: &MappingEntry) -> &Node {
        &self.nodes[entry.node]
    }
}

impl Place {
    fn of(marker: &Marker) -> Place {
        Place { line: marker.line(), column: marker.col() + 1 }
    }

    /// Returns the fault that `message` describes, at this place.
    pub(super) fn fault(self, message: impl Into<String>) -> Fault {
        Fault { place: Some(self), message: message.into() }
    }
}

impl Scalar {
    /// Returns the value by the rules of the core schema; one in quotes is a text.
    pub(super) fn value(&self) -> Value<'_> {
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
    // Rust also parses words such as `inf` and `nan` as numbers; in YAML these are texts.
    let is_number = text.starts_with(|it: char| it.is_ascii_digit() || it == '.')
        && text.parse::<f64>().is_ok();
    is_named || is_number
}

/// Returns a key as a message shows it. A key with a colon is not shown: it is mostly a key and a
/// value without the space between them, and the value may be a password.
pub(super) fn shown(key: &str) -> String {
    const SHOWN_MAX: usize = 64;
    if key.contains(':') {
        return "with a colon in it (a space has to follow the one that ends a key)".to_owned();
    }
    let cut = key.char_indices().nth(SHOWN_MAX).map_or(key, |(at, _)| &key[..at]);
    format!("{cut:?}{}", if cut.len() < key.len() { "..." } else { "" })
}

fn fault(error: ScanError) -> Fault {
    let message = match error.kind() {
        // The parser's message shows the character, which may be part of a secret.
        ErrorKind::UnexpectedCharacter { .. } => "unexpected character".to_owned(),
        _ => error.info(),
    };
    Place::of(error.marker()).fault(message)
}

/// Builds the tree from the events of the parser.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, usize>,
    root: Option<usize>,
}

/// A list or mapping whose end was not yet reached.
struct Open {
    place: Place,
    anchor: usize,
    is_tagged: bool,
    /// The pairs so far; `None` for a list.
    pairs: Option<Pairs>,
}

#[derive(Default)]
struct Pairs {
    entries: Vec<MappingEntry>,
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
                // The anchor of a node is known only after its end.
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

    /// Adds a node at `place` to the innermost open mapping, as a key or as a value, or makes it
    /// the root.
    fn give(&mut self, node: usize, place: Place) -> Result<(), Fault> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        let Some(pairs) = &mut open.pairs else { return Ok(()) };
        if let Some((key, place)) = pairs.key.take() {
            pairs.entries.push(MappingEntry { key, place, node });
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
