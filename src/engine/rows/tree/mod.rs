//! A B+-tree of which a clone is a snapshot: both share all nodes, and a change copies those on
//! its way that a snapshot still has. Without snapshots nothing is copied.

mod keys;
mod node;
mod walk;

pub(super) use keys::Item;
pub(super) use walk::{Iter, Walk};

use std::ops::Bound;

use triomphe::Arc;

use crate::engine::rows::tree::keys::Fences;
use crate::engine::rows::tree::node::Node;
use crate::engine::rows::tree::walk::Path;

/// An ordered set of items, one for each key.
#[derive(Clone)]
pub(super) struct Tree<T> {
    root: Arc<Node<T>>,
    len: usize,
}

impl<T: Item> Default for Tree<T> {
    fn default() -> Self {
        Tree { root: Arc::new(Node::new()), len: 0 }
    }
}

impl<T: Item> Tree<T> {
    /// Returns the number of items.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the item under a key.
    pub(super) fn get(&self, store: &T::Store, key: &[u8]) -> Option<&T> {
        self.root.get(store, key)
    }

    /// Returns the item under a key, to be changed in a way that leaves its key.
    pub(super) fn get_mut(&mut self, store: &T::Store, key: &[u8]) -> Option<&mut T> {
        Node::get_mut(&mut self.root, store, key)
    }

    /// Inserts an item, and returns the one that had its key.
    pub(super) fn insert(&mut self, store: &T::Store, item: T) -> Option<T> {
        let (old, split) = Node::insert(&mut self.root, store, item, Fences::NONE);
        if let Some(split) = split {
            self.root = Arc::new(Node::over(self.root.clone(), split));
        }
        self.len += usize::from(old.is_none());
        old
    }

    /// Removes the item under a key and returns it.
    pub(super) fn remove(&mut self, store: &T::Store, key: &[u8]) -> Option<T> {
        let removed = Node::remove(&mut self.root, store, key, Fences::NONE);
        while let Some(child) = self.root.only_child() {
            self.root = child.clone();
        }
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Returns the items whose keys are not below `bound`, in key order.
    pub(super) fn iter_from(&self, store: &T::Store, bound: Bound<&[u8]>) -> Iter<'_, T> {
        Iter::from(&self.root, store, bound)
    }

    /// Returns the position before the first key that is not below `bound`, in the tree of now.
    pub(super) fn walk_from(&self, store: &T::Store, bound: Bound<&[u8]>) -> Walk<T> {
        Path::at_lower(self.root.clone(), store, bound)
    }

    /// Returns the position behind the last key that is not above `bound`, in the tree of now.
    pub(super) fn walk_back_from(&self, store: &T::Store, bound: Bound<&[u8]>) -> Walk<T> {
        Path::at_upper(self.root.clone(), store, bound)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::rows::name::Name;

    impl Tree<Name> {
        fn check(&self) {
            let (_, len) = self.root.check(&(), Fences::NONE, true);
            assert_eq!(len, self.len);
        }
    }

    /// A generator of numbers below a bound (xorshift).
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % bound
        }

        /// A key with few different bytes, some of them zero, of which many share a beginning.
        fn key(&mut self) -> Vec<u8> {
            let len = self.below(14);
            (0..len).map(|_| [0, b'a', b'b', 0xFF][self.below(4) as usize]).collect()
        }
    }

    fn keys(tree: &Tree<Name>) -> Vec<Vec<u8>> {
        tree.iter_from(&(), Bound::Unbounded).map(|it| it.to_vec()).collect()
    }

    #[test]
    fn it_has_the_items_of_an_ordered_set_and_snapshots_keep_theirs() {
        for seed in 1..20 {
            let (mut random, mut tree) = (Random(seed), Tree::<Name>::default());
            let (mut model, mut snapshots) = (BTreeSet::new(), Vec::new());
            for step in 0..4_000 {
                let key = random.key();
                // It grows, and shrinks again.
                if random.below(8) < if step < 2_500 { 6 } else { 1 } {
                    assert_eq!(tree.insert(&(), Name::from(&key[..])).is_none(), model.insert(key));
                } else {
                    assert_eq!(tree.remove(&(), &key).is_some(), model.remove(&key));
                }
                if random.below(300) == 0 {
                    snapshots.push((tree.clone(), model.clone()));
                }
                if step % 100 == 0 {
                    tree.check();
                }
            }
            snapshots.push((tree, model));
            for (tree, model) in snapshots {
                tree.check();
                assert!(keys(&tree).iter().eq(&model));
                for _ in 0..50 {
                    let key = random.key();
                    assert_eq!(tree.get(&(), &key).is_some(), model.contains(&key));
                    let from: Vec<_> = model.range(key.clone()..).collect();
                    let found = tree.iter_from(&(), Bound::Included(&key));
                    assert!(found.map(|it| it.to_vec()).eq(from.into_iter().cloned()));
                    check_back(&tree, &model, key);
                }
            }
        }
    }

    fn check_back(tree: &Tree<Name>, model: &BTreeSet<Vec<u8>>, key: Vec<u8>) {
        let mut walk = tree.walk_back_from(&(), Bound::Excluded(&key));
        for expected in model.range(..key).rev() {
            assert!(walk.back());
            assert_eq!(walk.ahead().map(|it| it.to_vec()).as_ref(), Some(expected));
        }
        assert!(!walk.back());
        // From there on the whole way forward.
        for expected in model {
            assert!(walk.forward());
            assert_eq!(walk.passed().map(|it| it.to_vec()).as_ref(), Some(expected));
        }
        assert!(!walk.forward() && !walk.forward());
    }

    #[test]
    fn keys_in_order_fill_the_nodes_and_an_emptied_tree_has_one() {
        for descending in [false, true] {
            let mut tree = Tree::<Name>::default();
            let key = |at: u32| at.to_be_bytes();
            let order = |at| if descending { 9_999 - at } else { at };
            for at in 0..10_000 {
                tree.insert(&(), Name::from(&key(order(at))[..]));
            }
            tree.check();
            assert_eq!(tree.len(), 10_000);
            for at in 0..10_000 {
                assert!(tree.remove(&(), &key(order(at))).is_some());
            }
            tree.check();
            assert_eq!((tree.len(), keys(&tree).len()), (0, 0));
        }
    }
}
