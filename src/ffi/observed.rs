//! The observation of calls: each is counted, most are timed, and a program may trace them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ffi::bytes::InBytes;
use crate::ffi::status::kv_status;
use crate::{
    CallKind, GROUP_LEN_MAX, KEY_LEN_MAX, Result, Store, TracedCall, Tracer, is_observed,
    sample_weight, tracer,
};

/// A call on a store, as it is observed.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    kind: CallKind,
    group: Option<InBytes<'c>>,
    key: Option<InBytes<'c>>,
}

impl<'c> Call<'c> {
    /// Returns a call that names no group.
    pub fn of(kind: CallKind) -> Call<'c> {
        Call { kind, group: None, key: None }
    }

    /// Returns a call on a group.
    pub fn in_group(kind: CallKind, group: InBytes<'c>) -> Call<'c> {
        Call { kind, group: Some(group), key: None }
    }

    /// Returns a call on a key.
    pub fn on(kind: CallKind, group: InBytes<'c>, key: InBytes<'c>) -> Call<'c> {
        Call { kind, group: Some(group), key: Some(key) }
    }

    /// Runs `body`, a call on `store`, and observes it.
    #[inline]
    pub fn observe(
        &self,
        store: &Store,
        body: impl FnOnce() -> Result<kv_status>,
    ) -> Result<kv_status> {
        let weight = match self.kind {
            CallKind::Get => sample_weight(),
            kind => store.calls().weight(kind),
        };
        let begun = match weight {
            None if !is_observed() => None,
            weight => Some(self.begin(weight)),
        };
        let result = body();
        if begun.is_some() || result.is_err() {
            self.end(store, begun, &result);
        }
        result
    }

    /// Begins a call that is timed, and counts as `weight` of them; `None` if it is timed because
    /// it is traced.
    #[inline(never)]
    fn begin(&self, weight: Option<u64>) -> Begun {
        let traced = if is_observed() { self.begin_traced() } else { None };
        Begun { traced, weight, at: Instant::now() }
    }

    #[cold]
    #[inline(never)]
    fn begin_traced(&self) -> Option<(Arc<dyn Tracer>, u64)> {
        tracer().map(|tracer| {
            let context = tracer.begin(&self.traced());
            (tracer, context)
        })
    }

    #[inline(never)]
    fn end(&self, store: &Store, begun: Option<Begun>, result: &Result<kv_status>) {
        let calls = store.calls();
        if result.is_err() {
            calls.note_error(self.kind);
        }
        let Some(begun) = begun else { return };
        let duration = begun.at.elapsed();
        if let Some(weight) = begun.weight {
            calls.note(self.kind, duration, weight);
        }
        // A trace that was removed meanwhile ends the calls that it has begun.
        if begun.traced.is_some() || is_observed() {
            self.end_traced(store, begun.traced, duration, result);
        }
    }

    #[cold]
    #[inline(never)]
    fn end_traced(
        &self,
        store: &Store,
        traced: Option<(Arc<dyn Tracer>, u64)>,
        duration: Duration,
        result: &Result<kv_status>,
    ) {
        let status = result.as_ref().map_or_else(|error| error.kind().code(), |status| *status);
        if let Some((tracer, context)) = traced {
            tracer.end(&self.traced(), context, duration, status);
        }
        store.log_if_slow(&self.traced(), duration, status);
    }

    /// Returns the call as a trace shows it. Names that are refused are left out.
    fn traced(&self) -> TracedCall<'c> {
        let bytes = |bytes: Option<InBytes<'c>>, max| bytes.and_then(|it| it.bytes("", max).ok());
        TracedCall {
            kind: self.kind,
            group: bytes(self.group, GROUP_LEN_MAX),
            key: bytes(self.key, KEY_LEN_MAX),
        }
    }
}

/// The begin of a call that is timed.
struct Begun {
    at: Instant,
    /// The number of calls that it stands for; `None` if another one stands for it.
    weight: Option<u64>,
    /// The tracer, with the number that it has returned.
    traced: Option<(Arc<dyn Tracer>, u64)>,
}
