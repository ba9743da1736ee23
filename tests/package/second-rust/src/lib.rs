//! Uses what each Rust library brings along: the allocator, threads, and unwinding.

/// Returns the sum of 1 to `n`, made on another thread.
#[unsafe(no_mangle)]
pub extern "C" fn other_sum(n: u64) -> u64 {
    let numbers: Vec<u64> = (1..=n).collect();
    std::thread::spawn(move || numbers.iter().sum()).join().unwrap_or(0)
}

/// Returns 1 if a panic of this library was caught by this library.
#[unsafe(no_mangle)]
pub extern "C" fn other_catches_a_panic() -> i32 {
    let caught = std::panic::catch_unwind(|| panic!("on purpose"));
    i32::from(caught.is_err())
}
