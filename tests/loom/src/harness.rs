//! Models, and the line that each prints.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
// Not an atomic, which would be loom's.
use std::sync::Mutex;

/// The executions of the model that runs.
static EXECUTIONS: Mutex<u64> = Mutex::new(0);

/// A model: what two or three threads do, and what must hold then.
pub struct Model {
    name: &'static str,
    run: fn(),
    /// Several threads read a cell at once.
    shared_cells: bool,
    /// All atomics are relaxed.
    weakened: bool,
    /// The model fails, because a fault is planted.
    fails: bool,
}

impl Model {
    /// Returns a model that holds.
    pub fn new(name: &'static str, run: fn()) -> Model {
        Model { name, run, shared_cells: false, weakened: false, fails: false }
    }

    /// Returns the model with cells that several threads read at once.
    pub fn with_shared_cells(mut self) -> Model {
        self.shared_cells = true;
        self
    }

    /// Returns the model with relaxed atomics, which must fail.
    pub fn weakened(mut self) -> Model {
        self.weakened = true;
        self.planted()
    }

    /// Returns the model of a planted fault, which must fail.
    pub fn planted(mut self) -> Model {
        self.fails = true;
        self
    }

    /// Runs the model, prints its line, and returns whether it ended as it must. A planted fault
    /// may end the process, so `number` names the model to another one.
    pub fn run(&self, number: usize) -> bool {
        let held = if self.fails { in_another_process(number) } else { self.holds() };
        let is_right = held != self.fails;
        let word = if is_right { "ok" } else { "FAILED" };
        let planted = if self.fails { "planted: " } else { "" };
        println!("{word} {planted}{}{}", self.name, executions());
        is_right
    }

    /// Returns whether the model holds in each order of its threads.
    pub fn holds(&self) -> bool {
        std::share_cells(self.shared_cells);
        std::weaken(self.weakened);
        *EXECUTIONS.lock().expect("no panic while it is held") = 0;
        catch_unwind(AssertUnwindSafe(|| explore(self.run))).is_ok()
    }
}

fn in_another_process(number: usize) -> bool {
    *EXECUTIONS.lock().expect("no panic while it is held") = 0;
    let program = std::env::current_exe().expect("this program has a path");
    let mut command = std::process::Command::new(program);
    command.arg(number.to_string()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().expect("it starts").success()
}

fn executions() -> String {
    match *EXECUTIONS.lock().expect("no panic while it is held") {
        0 => String::new(),
        executions => format!(" ({executions} executions)"),
    }
}

/// Runs a model in each order in which at most three threads are interrupted that could go on.
fn explore(run: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(3));
    builder.check(move || {
        *EXECUTIONS.lock().expect("no panic while it is held") += 1;
        std::begin_execution();
        run();
    });
}
