//! Rows by number. A clone is a snapshot.
//!
//! A radix tree of nodes with 64 places each: clones share its nodes, and a change copies those on
//! its way that a clone still has.

use triomphe::Arc;

use crate::engine::rows::row::Row;

/// The number of a row, which it keeps as long as its key exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number(pub(super) u32);

/// Bytes that a row takes beyond its key and value, its places in the indexes included;
/// `bench/memory/run.sh` measures them.
const ROW_MEMORY: u64 = 94;

const BITS: u32 = 6;
const PLACES: usize = 1 << BITS;

/// The places are in the node itself, so that a row is found without a further step.
#[derive(Clone)]
enum Node {
    Rows([Option<Row>; PLACES]),
    Nodes([Option<Arc<Node>>; PLACES]),
}

/// Rows by number.
#[derive(Clone)]
pub(crate) struct Slab {
    root: Arc<Node>,
    /// The number of levels above that of the rows.
    height: u32,
    /// The number of rows.
    len: u64,
    /// The bytes of the keys and values of the rows.
    bytes: u64,
}

impl Default for Slab {
    fn default() -> Self {
        Slab { root: Arc::new(Node::new(0)), height: 0, len: 0, bytes: 0 }
    }
}

impl Slab {
    /// Returns the row with a number.
    pub(super) fn get(&self, number: Number) -> Option<&Row> {
        if self.is_beyond(number) {
            return None;
        }
        let (mut node, mut level) = (&self.root, self.height);
        loop {
            match &**node {
                Node::Rows(rows) => return rows.get(place(number, 0))?.as_ref(),
                Node::Nodes(nodes) => node = nodes.get(place(number, level))?.as_ref()?,
            }
            level -= 1;
        }
    }

    /// Returns the number of rows.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Returns the memory of the rows, estimated by the row.
    pub(super) fn memory(&self) -> u64 {
        self.bytes + ROW_MEMORY * self.len
    }

    /// Puts a row into the place of a number, or empties that; returns the row that was there.
    pub(super) fn set(&mut self, number: Number, row: Option<Row>) -> Option<Row> {
        let bytes = |row: &Row| (row.key().len() + row.value().len()) as u64;
        if let Some(row) = &row {
            self.len += 1;
            self.bytes += bytes(row);
        }
        let old = self.replace(number, row);
        if let Some(old) = &old {
            self.len -= 1;
            self.bytes -= bytes(old);
        }
        old
    }

    fn replace(&mut self, number: Number, row: Option<Row>) -> Option<Row> {
        while self.is_beyond(number) {
            self.height += 1;
            let mut root = Node::new(self.height);
            if let Node::Nodes([first, ..]) = &mut root {
                *first = Some(self.root.clone());
            }
            self.root = Arc::new(root);
        }
        let (mut node, mut level) = (&mut self.root, self.height);
        loop {
            match Arc::make_mut(node) {
                Node::Rows(rows) => return std::mem::replace(&mut rows[place(number, 0)], row),
                Node::Nodes(nodes) => {
                    let at = place(number, level);
                    level -= 1;
                    node = nodes[at].get_or_insert_with(|| Arc::new(Node::new(level)));
                }
            }
        }
    }

    fn is_beyond(&self, number: Number) -> bool {
        u64::from(number.0) >> (BITS * (self.height + 1)) != 0
    }
}

impl Node {
    fn new(level: u32) -> Node {
        match level {
            0 => Node::Rows([const { None }; PLACES]),
            _ => Node::Nodes([const { None }; PLACES]),
        }
    }
}

fn place(number: Number, level: u32) -> usize {
    (number.0 >> (BITS * level)) as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rows::row::RowBuffer;

    #[test]
    fn a_clone_keeps_its_rows() {
        let mut buffer = RowBuffer::default();
        let mut row = |version| buffer.row(b"k", b"v", version, None).expect("a row");
        let version = |slab: &Slab, number| slab.get(Number(number)).map(Row::version);
        let mut slab = Slab::default();
        let numbers: Vec<u32> = (0..5_000).map(|at| at * 3).chain([300_000, 20_000_000]).collect();
        for &number in &numbers {
            assert!(slab.set(Number(number), Some(row(u64::from(number) + 1))).is_none());
        }
        let before = slab.clone();
        for &number in &numbers {
            let old = slab.set(Number(number), (number % 2 == 0).then(|| row(7)));
            assert_eq!(old.map(|it| it.version()), Some(u64::from(number) + 1));
        }
        for &number in &numbers {
            assert_eq!(version(&before, number), Some(u64::from(number) + 1));
            assert_eq!(version(&slab, number), (number % 2 == 0).then_some(7));
        }
        assert_eq!([1, 4, 20_000_001, u32::MAX].map(|it| version(&before, it)), [None; 4]);
    }
}
