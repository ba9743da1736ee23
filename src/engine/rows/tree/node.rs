//! The nodes of a tree: how they change, split and join.
//!
//! A node that a snapshot shares is copied before it changes; any other changes in its place. The
//! leaves are all at one depth. A node that is full is split before an item is added; one that has
//! become small is joined with a neighbour, and both are split again if they are too much for one.

use triomphe::Arc;

use crate::engine::rows::name::Name;
use crate::engine::rows::tree::keys::{Fences, Item, Keys, shared_len};

/// The largest number of items of a leaf, and of children of an inner node.
const LEN_MAX: usize = 64;
/// The number below which a node is joined with a neighbour.
const LEN_MIN: usize = LEN_MAX / 4;

impl Item for Name {
    type Store = ();

    fn key<'k>(&'k self, (): &'k ()) -> &'k [u8] {
        self
    }
}

/// A node. An inner node has one child more than separators: the keys below a separator are in the
/// children before it, all others behind it.
#[derive(Clone)]
pub(crate) enum Node<T> {
    Leaf(Keys<T>),
    Inner(Keys<Name>, Vec<Arc<Node<T>>>),
}

/// The right half of a node that was split, with the separator between both.
type Split<T> = (Name, Arc<Node<T>>);

impl<T: Item> Node<T> {
    /// Returns a leaf without items.
    pub(super) fn new() -> Self {
        Node::Leaf(Keys::new())
    }

    /// Returns a root above two halves.
    pub(super) fn over(left: Arc<Node<T>>, (separator, right): Split<T>) -> Self {
        let mut separators = Keys::new();
        separators.insert(&(), 0, separator);
        Node::Inner(separators, vec![left, right])
    }

    /// Returns the only child, if there is but one.
    pub(super) fn only_child(&self) -> Option<&Arc<Node<T>>> {
        match self {
            Node::Inner(_, children) if children.len() == 1 => children.first(),
            _ => None,
        }
    }

    /// Returns the item under a key.
    pub(super) fn get(&self, store: &T::Store, key: &[u8]) -> Option<&T> {
        let mut node = self;
        loop {
            match node {
                Node::Leaf(items) => return items.get(items.search(store, key).ok()?),
                Node::Inner(separators, children) => node = children.get(child(separators, key))?,
            }
        }
    }

    /// Returns the item under a key, to be changed in a way that leaves its key.
    pub(super) fn get_mut<'t>(
        node: &'t mut Arc<Node<T>>,
        store: &T::Store,
        key: &[u8],
    ) -> Option<&'t mut T> {
        let mut node = node;
        loop {
            match Arc::make_mut(node) {
                Node::Leaf(items) => return items.get_mut(items.search(store, key).ok()?),
                Node::Inner(separators, children) => {
                    node = children.get_mut(child(separators, key))?;
                }
            }
        }
    }

    /// Inserts an item, and returns the one that had its key. A node that was full is split: its
    /// right half is returned as well.
    pub(super) fn insert(
        node: &mut Arc<Node<T>>,
        store: &T::Store,
        item: T,
        fences: Fences<'_>,
    ) -> (Option<T>, Option<Split<T>>) {
        match Arc::make_mut(node) {
            Node::Leaf(items) => match items.search(store, item.key(store)) {
                Ok(at) => (items.replace(at, item), None),
                Err(at) if items.len() < LEN_MAX => {
                    items.insert(store, at, item);
                    (None, None)
                }
                Err(at) => {
                    // Keys that arrive in ascending order leave full nodes behind.
                    let is_append = at == items.len() && fences.high.is_none();
                    let middle = if is_append { at } else { items.len() / 2 };
                    (None, Some(split_leaf(items, store, (at, item), middle, fences)))
                }
            },
            Node::Inner(separators, children) => {
                let at = child(separators, item.key(store));
                let own = fences.of_child(separators, at);
                let (old, split) = Node::insert(&mut children[at], store, item, own);
                let Some((separator, right)) = split else { return (old, None) };
                separators.insert(&(), at, separator);
                children.insert(at + 1, right);
                let is_full = children.len() > LEN_MAX;
                (old, is_full.then(|| split_inner(separators, children, fences)))
            }
        }
    }

    /// Removes the item under a key and returns it.
    pub(super) fn remove(
        node: &mut Arc<Node<T>>,
        store: &T::Store,
        key: &[u8],
        fences: Fences<'_>,
    ) -> Option<T> {
        match Arc::make_mut(node) {
            Node::Leaf(items) => items.search(store, key).ok().map(|at| items.remove(at)),
            Node::Inner(separators, children) => {
                let at = child(separators, key);
                let own = fences.of_child(separators, at);
                let removed = Node::remove(&mut children[at], store, key, own);
                if children[at].len() < LEN_MIN && children.len() > 1 {
                    join(separators, children, store, at.saturating_sub(1), fences);
                }
                removed
            }
        }
    }

    /// Returns the number of items, or of children.
    fn len(&self) -> usize {
        match self {
            Node::Leaf(items) => items.len(),
            Node::Inner(_, children) => children.len(),
        }
    }
}

/// Returns the position of the child that has a key.
pub(super) fn child(separators: &Keys<Name>, key: &[u8]) -> usize {
    match separators.search(&(), key) {
        Ok(at) => at + 1,
        Err(at) => at,
    }
}

/// Splits a full leaf at `middle`, and inserts an item at a position.
fn split_leaf<T: Item>(
    items: &mut Keys<T>,
    store: &T::Store,
    (at, item): (usize, T),
    middle: usize,
    fences: Fences<'_>,
) -> Split<T> {
    let mut right = items.split_off(middle);
    match at.checked_sub(middle) {
        Some(at) if at > 0 || right.len() == 0 => right.insert(store, at, item),
        _ => items.insert(store, at, item),
    }
    halves(items, store, right, fences)
}

/// Sets the fences of the two halves of a leaf.
fn halves<T: Item>(
    items: &mut Keys<T>,
    store: &T::Store,
    mut right: Keys<T>,
    fences: Fences<'_>,
) -> Split<T> {
    let last = items.len().checked_sub(1).and_then(|at| items.get(at));
    let last = last.map_or(&b""[..], |it| it.key(store));
    let first = right.get(0).map_or(&b""[..], |it| it.key(store));
    // The shortest key above `last` and not above `first`.
    let separator = Name::from(first.get(..=shared_len(last, first)).unwrap_or(first));
    items.move_between(store, Fences { high: Some(&separator), ..fences });
    right.move_between(store, Fences { low: Some(&separator), ..fences });
    (separator, Arc::new(Node::Leaf(right)))
}

fn split_inner<T: Item>(
    separators: &mut Keys<Name>,
    children: &mut Vec<Arc<Node<T>>>,
    fences: Fences<'_>,
) -> Split<T> {
    let middle = children.len() / 2;
    let right_children = children.split_off(middle);
    let mut right = separators.split_off(middle);
    let separator = separators.remove(middle - 1);
    separators.move_between(&(), Fences { high: Some(&separator), ..fences });
    right.move_between(&(), Fences { low: Some(&separator), ..fences });
    (separator, Arc::new(Node::Inner(right, right_children)))
}

/// Joins the child at `at` with the one behind it, and splits both again if they are too much for
/// one node.
fn join<T: Item>(
    separators: &mut Keys<Name>,
    children: &mut Vec<Arc<Node<T>>>,
    store: &T::Store,
    at: usize,
    fences: Fences<'_>,
) {
    let separator = separators.remove(at);
    let right = Arc::unwrap_or_clone(children.remove(at + 1));
    let own = fences.of_child(separators, at);
    let split = match (Arc::make_mut(&mut children[at]), right) {
        (Node::Leaf(items), Node::Leaf(right)) => {
            items.append(store, right, own);
            (items.len() > LEN_MAX).then(|| {
                let right = items.split_off(items.len() / 2);
                halves(items, store, right, own)
            })
        }
        (Node::Inner(left, left_children), Node::Inner(right, mut right_children)) => {
            left.insert(&(), left.len(), separator);
            left.append(&(), right, own);
            left_children.append(&mut right_children);
            (left_children.len() > LEN_MAX).then(|| split_inner(left, left_children, own))
        }
        _ => unreachable!("all leaves are at one depth"),
    };
    if let Some((separator, right)) = split {
        separators.insert(&(), at, separator);
        children.insert(at + 1, right);
    }
}

#[cfg(test)]
impl<T: Item> Node<T> {
    /// Checks order, fences and sizes; returns the depth and the number of items.
    pub(super) fn check(
        &self,
        store: &T::Store,
        fences: Fences<'_>,
        is_root: bool,
    ) -> (usize, usize) {
        assert!(is_root || self.len() >= LEN_MIN || self.len() > 0 && fences.high.is_none());
        assert!(self.len() <= LEN_MAX);
        let is_between = |key: &[u8]| {
            fences.low.is_none_or(|low| low <= key) && fences.high.is_none_or(|high| key < high)
        };
        match self {
            Node::Leaf(items) => {
                for at in 0..items.len() {
                    let key = items.get(at).expect("an item").key(store);
                    assert!(is_between(key));
                    assert_eq!(items.search(store, key), Ok(at));
                }
                (1, items.len())
            }
            Node::Inner(separators, children) => {
                assert_eq!(separators.len() + 1, children.len());
                let below: Vec<_> = (0..children.len())
                    .map(|at| children[at].check(store, fences.of_child(separators, at), false))
                    .collect();
                for at in 0..separators.len() {
                    let key = separators.get(at).expect("a separator");
                    assert!(is_between(key));
                    assert_eq!(separators.search(&(), key), Ok(at));
                }
                assert!(below.iter().all(|it| it.0 == below[0].0), "leaves at several depths");
                (below[0].0 + 1, below.iter().map(|it| it.1).sum())
            }
        }
    }
}
