//! A store narrowed to a namespace, and what a namespace may hold.

mod engine;

use std::sync::Arc;

use crate::error::Result;
use crate::model::{Namespace, Quota, QuotaState};
use crate::scope::engine::ScopedEngine;
use crate::store::Store;

impl Store {
    /// Returns this store narrowed to a namespace: a store of its own, with every operation, in
    /// which nothing outside of the namespace can be read, listed, counted, watched or changed.
    ///
    /// Its groups are those whose names begin with `NAMESPACE:`, under what follows. It stays
    /// open when this one is closed.
    pub fn scope(&self, namespace: &Namespace) -> Result<Store> {
        self.wrapped(|engine| Arc::new(ScopedEngine::new(engine, namespace.clone())))
    }

    /// Sets what a namespace may hold; 0 is no limit.
    ///
    /// It belongs to the namespace and holds for everybody who uses the store: through a scope or
    /// not, in this process or another. What a namespace holds already is counted here, once, and
    /// may be more. Fails with [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) on
    /// a store that is narrowed itself.
    pub fn set_quota(&self, namespace: &Namespace, quota: Quota) -> Result<()> {
        self.open_engine()?.set_quota(self.call(), namespace, quota)
    }

    /// Returns what a namespace may hold and what it holds; an empty account if it has no quota.
    pub fn quota(&self, namespace: &Namespace) -> Result<QuotaState> {
        self.open_engine()?.account(self.call(), namespace)
    }
}
