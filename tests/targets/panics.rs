//! A library whose one function panics, and catches the panic, as those of kv do.

use std::hint::black_box;
use std::panic::{catch_unwind, set_hook};

/// Returns how many panics were caught: one of this thread and one of another.
#[unsafe(no_mangle)]
pub extern "C" fn kv_panics() -> i32 {
    set_hook(Box::new(|_| ()));
    let panics = || black_box([1, 2, 3])[black_box(3)];
    let here = catch_unwind(panics).is_err();
    let elsewhere = std::thread::spawn(panics).join().is_err();
    i32::from(here) + i32::from(elsewhere)
}
