//! The way along the items of a tree, in either direction.

use std::ops::{Bound, Deref};

use triomphe::Arc;

use crate::engine::rows::name::Name;
use crate::engine::rows::tree::keys::{Item, Keys};
use crate::engine::rows::tree::node::{Node, child};

/// A pointer to a node: a reference, or a share that keeps the node as it is.
pub(crate) trait Pointer: Deref<Target = Node<Self::Item>> + Sized {
    type Item: Item;

    /// Returns the child at `at` of an inner node.
    fn child(&self, at: usize) -> Option<Self>;
}

impl<'t, T: Item> Pointer for &'t Node<T> {
    type Item = T;

    fn child(&self, at: usize) -> Option<Self> {
        let node: &'t Node<T> = self;
        match node {
            Node::Inner(_, children) => children.get(at).map(|it| &**it),
            Node::Leaf(_) => None,
        }
    }
}

impl<T: Item> Pointer for Arc<Node<T>> {
    type Item = T;

    fn child(&self, at: usize) -> Option<Self> {
        match &**self {
            Node::Inner(_, children) => children.get(at).cloned(),
            Node::Leaf(_) => None,
        }
    }
}

/// Where the keys of the items are that a pointer leads to.
type Store<P> = <<P as Pointer>::Item as Item>::Store;

/// A position between two items of a tree, which stays as it was when the walk began.
pub(crate) type Walk<T> = Path<Arc<Node<T>>>;

/// A position between two items of a tree.
pub(crate) struct Path<P> {
    /// The nodes from the root to a leaf. The number of an inner node is that of the child that
    /// follows here; the number of the leaf is that of the item behind the position.
    path: Vec<(P, usize)>,
}

impl<P: Pointer> Path<P> {
    /// Returns the position before the first key that is not below `bound`.
    pub(super) fn at_lower(root: P, store: &Store<P>, bound: Bound<&[u8]>) -> Self {
        match bound {
            Bound::Unbounded => Path::at(root, |_| 0, |_| 0),
            Bound::Included(key) | Bound::Excluded(key) => {
                let is_after = matches!(bound, Bound::Excluded(_));
                Path::at(
                    root,
                    |separators| child(separators, key),
                    |items| beside(items, store, key, is_after),
                )
            }
        }
    }

    /// Returns the position behind the last key that is not above `bound`.
    pub(super) fn at_upper(root: P, store: &Store<P>, bound: Bound<&[u8]>) -> Self {
        match bound {
            Bound::Unbounded => Path::at(root, Keys::len, Keys::len),
            Bound::Included(key) | Bound::Excluded(key) => {
                let is_after = matches!(bound, Bound::Included(_));
                Path::at(
                    root,
                    |separators| child(separators, key),
                    |items| beside(items, store, key, is_after),
                )
            }
        }
    }

    fn at(
        root: P,
        child: impl Fn(&Keys<Name>) -> usize,
        item: impl Fn(&Keys<P::Item>) -> usize,
    ) -> Self {
        let mut path = Vec::new();
        let mut next = Some(root);
        while let Some(node) = next {
            let at = match &*node {
                Node::Leaf(items) => item(items),
                Node::Inner(separators, _) => child(separators),
            };
            next = node.child(at);
            path.push((node, at));
        }
        Path { path }
    }

    /// Moves behind the next item; returns false at the end.
    pub(crate) fn forward(&mut self) -> bool {
        loop {
            let Some((node, at)) = self.path.last_mut() else { return false };
            match &**node {
                Node::Leaf(items) if *at < items.len() => {
                    *at += 1;
                    return true;
                }
                Node::Leaf(_) => {
                    if !self.turn(|at| at.checked_add(1), |_| 0) {
                        return false;
                    }
                }
                Node::Inner(..) => return false,
            }
        }
    }

    /// Moves before the last item; returns false at the beginning.
    pub(crate) fn back(&mut self) -> bool {
        loop {
            let Some((node, at)) = self.path.last_mut() else { return false };
            match &**node {
                Node::Leaf(_) if *at > 0 => {
                    *at -= 1;
                    return true;
                }
                Node::Leaf(_) => {
                    if !self.turn(|at| at.checked_sub(1), Node::end) {
                        return false;
                    }
                }
                Node::Inner(..) => return false,
            }
        }
    }

    /// Leaves the leaf for the next one in a direction; returns false and stays if there is none.
    fn turn(
        &mut self,
        next: impl Fn(usize) -> Option<usize>,
        first: impl Fn(&Node<P::Item>) -> usize,
    ) -> bool {
        let found = self.path.iter().enumerate().rev().skip(1).find_map(|(depth, (node, at))| {
            let at = next(*at)?;
            Some((depth, at, node.child(at)?))
        });
        let Some((depth, at, node)) = found else { return false };
        self.path.truncate(depth + 1);
        if let Some(last) = self.path.last_mut() {
            last.1 = at;
        }
        let mut below = Some(node);
        while let Some(node) = below {
            let at = first(&node);
            below = node.child(at);
            self.path.push((node, at));
        }
        true
    }

    /// Returns the item behind which [`Path::forward`] has moved.
    pub(crate) fn passed(&self) -> Option<&P::Item> {
        let (node, at) = self.path.last()?;
        node.item(at.checked_sub(1)?)
    }

    /// Returns the item before which [`Path::back`] has moved.
    pub(crate) fn ahead(&self) -> Option<&P::Item> {
        let (node, at) = self.path.last()?;
        node.item(*at)
    }
}

/// Returns the position of a key in a leaf, or behind it.
fn beside<T: Item>(items: &Keys<T>, store: &T::Store, key: &[u8], is_after: bool) -> usize {
    match items.search(store, key) {
        Ok(at) => at + usize::from(is_after),
        Err(at) => at,
    }
}

impl<T: Item> Node<T> {
    fn item(&self, at: usize) -> Option<&T> {
        match self {
            Node::Leaf(items) => items.get(at),
            Node::Inner(..) => None,
        }
    }

    /// Returns the last position: that behind the last item, or that of the last child.
    fn end(&self) -> usize {
        match self {
            Node::Leaf(items) => items.len(),
            Node::Inner(separators, _) => separators.len(),
        }
    }
}

/// The items of a tree from a position on, borrowed from it.
pub(crate) struct Iter<'t, T>(Path<&'t Node<T>>);

impl<'t, T: Item> Iter<'t, T> {
    pub(super) fn from(root: &'t Node<T>, store: &T::Store, bound: Bound<&[u8]>) -> Self {
        Iter(Path::at_lower(root, store, bound))
    }
}

impl<'t, T: Item> Iterator for Iter<'t, T> {
    type Item = &'t T;

    fn next(&mut self) -> Option<&'t T> {
        if !self.0.forward() {
            return None;
        }
        let (node, at) = self.0.path.last()?;
        let node: &'t Node<T> = node;
        node.item(at.checked_sub(1)?)
    }
}
