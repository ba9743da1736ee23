//! Slots for objects of many threads: src/ffi/handle/hazard.rs.

use loom::cell::UnsafeCell;
use loom::thread;

use crate::error::ErrorKind;
use crate::ffi::handle::Kind;
use crate::ffi::handle::hazard::{SharedSlots, Slot};
use crate::harness::Model;

/// An object whose reads and whose end loom orders.
struct Object(UnsafeCell<u32>);

// SAFETY: loom checks the accesses of the cell, which is the purpose of this.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

impl Object {
    fn read(&self) -> u32 {
        // SAFETY: loom checks that nothing writes meanwhile.
        self.0.with(|number| unsafe { *number })
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: loom checks that nothing reads meanwhile.
        self.0.with_mut(|number| unsafe { *number = 0 });
    }
}

static SLOTS: [Slot<Object>; 4] = [const { Slot::new() }; 4];

/// The table of an execution, all of whose statics the first thread has used.
fn table() -> &'static SharedSlots<Object> {
    // One table for each execution: its free list is not in loom's memory.
    let table = Box::leak(Box::new(SharedSlots::new(Kind::Store, &SLOTS)));
    let first = table.insert(Object(UnsafeCell::new(1))).expect("there is room");
    drop(table.enter(first).expect("it is open"));
    drop(table.remove(first).expect("it is open"));
    table
}

/// A close meets a call: the call sees the object, or is refused; the object ends after the call.
fn call_and_close() {
    let table = table();
    let id = table.insert(Object(UnsafeCell::new(7))).expect("there is room");
    let calling = thread::spawn(move || match table.enter(id) {
        Ok(object) => assert_eq!(object.read(), 7),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Handle),
    });
    drop(table.remove(id).expect("nothing else closes it"));
    assert!(table.enter(id).is_err());
    calling.join().expect("no panic");
}

/// Two closes meet: one succeeds.
fn close_twice() {
    let table = table();
    let id = table.insert(Object(UnsafeCell::new(7))).expect("there is room");
    let closing = thread::spawn(move || u32::from(table.remove(id).is_ok()));
    let ours = u32::from(table.remove(id).is_ok());
    assert_eq!(closing.join().expect("no panic") + ours, 1);
}

/// Returns the models.
pub fn models() -> Vec<Model> {
    vec![
        Model::new("an object ends after the calls that use it", call_and_close)
            .with_shared_cells(),
        Model::new("of two closes one succeeds", close_twice).with_shared_cells(),
        Model::new("an object ends after the calls that use it", call_and_close)
            .with_shared_cells()
            .weakened(),
    ]
}
