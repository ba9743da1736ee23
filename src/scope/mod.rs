//! Scopes, which are stores narrowed to a namespace, and the quotas of namespaces.

mod engine;

use std::sync::Arc;

use crate::engine::capability;
use crate::error::Result;
use crate::model::{Namespace, Quota, QuotaState};
use crate::scope::engine::ScopedEngine;
use crate::store::Store;

impl Store {
    /// Returns this store narrowed to a namespace: a store of its own, in which no entry outside of
    /// the namespace can be read, listed, counted, watched or changed. Quotas and backups are
    /// operations of the whole store alone.
    ///
    /// Its groups are those whose names begin with `NAMESPACE:`, without that prefix. It stays open
    /// when this store is closed.
    pub fn scope(&self, namespace: &Namespace) -> Result<Store> {
        self.wrapped(|engine| Arc::new(ScopedEngine::new(engine, namespace.clone())))
    }

    /// Sets the quota of a namespace; 0 is no limit.
    ///
    /// The quota holds for every user of the store: through a scope or not, in this process or
    /// another. The existing entries of the namespace are counted here, once, and may exceed it.
    /// Fails with [`ErrorKind::Unsupported`](crate::error::ErrorKind::Unsupported) on a scope.
    pub fn set_quota(&self, namespace: &Namespace, quota: Quota) -> Result<()> {
        let quotas = capability::quotas(self.open_engine()?, "set a quota")?;
        quotas.set_quota(self.call(), namespace, quota)
    }

    /// Returns the quota and the usage of a namespace; both are 0 if it has no quota.
    pub fn quota(&self, namespace: &Namespace) -> Result<QuotaState> {
        let quotas = capability::quotas(self.open_engine()?, "look at quotas")?;
        quotas.account(self.call(), namespace)
    }
}
