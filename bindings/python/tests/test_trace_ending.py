"""The end of a program and the child of a fork while calls are traced."""

from __future__ import annotations

import time

from conftest import ends_without_a_word, run_python

BEGIN = """
import os, sys, threading, time, kv
store = kv.open("memory:")
"""


def test_traced_calls_of_daemon_threads_do_not_abort_the_exit() -> None:
    program = """
begun = threading.Event()
def trace(call):
    return lambda end: begun.set()
kv.set_trace(trace)
def run():
    while True:
        store.set("g", "k", "v")
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
begun.wait()
"""
    ends_without_a_word(BEGIN + program)


def test_the_exit_waits_for_the_end_of_a_traced_call_and_not_for_ever() -> None:
    program = """
begun = threading.Event()
def trace(call):
    return lambda end: print("ended")
store.lock("job", lease=600)
kv.set_trace(trace)
def run():
    begun.set()
    try:
        store.lock("job", lease=600, wait=float(sys.argv[1]))
    except kv.LockHeldError:
        sys.stdout.write("held\\n")
threading.Thread(target=run, daemon=True).start()
begun.wait()
time.sleep(0.05)
"""
    ended = run_python(BEGIN + program, "0.5")
    # The trace has ended by then, the call has not.
    assert (ended.stdout, ended.stderr, ended.returncode) == ("held\n", "", 0)
    began = time.monotonic()
    ended = run_python(BEGIN + program, "600")
    assert ended.returncode == 0 and 4 < time.monotonic() - began < 30


def test_no_trace_begins_once_the_program_ends() -> None:
    late = """
from kv import ending
def late():
    try:
        kv.set_trace(print)
    except RuntimeError as error:
        print(error)
    kv.set_trace(None)
    return lambda: True
ending.enders.append(late)
"""
    ended = run_python(BEGIN + late)
    assert ended.stdout == "the interpreter ends: no function can be registered any more\n"
    assert ended.returncode == 0


def test_a_forked_child_has_no_trace_until_it_sets_one_and_ends_at_once() -> None:
    program = """
store.close()
kv.set_trace(lambda call: lambda end: print(call.kind.name))
begun, go = threading.Event(), threading.Event()
def wait(call):
    begun.set()
    go.wait()
def run():
    with kv.open("memory:") as own:
        own.set("g", "k", "v")
with kv.open("memory:") as own:
    own.set("g", "k", "v")
kv.set_trace(wait)
if sys.argv[1] == "inside":
    # A thread of the parent is in a traced call, which never ends in the child.
    threading.Thread(target=run, daemon=True).start()
    begun.wait()
sys.stdout.flush()
begin = time.monotonic()
child = os.fork()
if child == 0:
    if sys.argv[1] == "outside":
        # The trace of the parent would wait for ever.
        with kv.open("memory:") as own:
            own.set("g", "k", "v")
    kv.set_trace(lambda call: lambda end: print("child", call.kind.name))
    try:
        with kv.open("memory:") as own:
            own.set("g", "k", "v")
    except kv.ForkedError:
        print("forked")
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(time.monotonic() - begin < 4)
go.set()
"""
    for where, words in (("outside", "child SET"), ("inside", "forked")):
        ended = run_python(BEGIN + program, where, PYTHONWARNINGS="ignore::DeprecationWarning")
        assert (ended.stdout, ended.stderr) == (f"SET\n{words}\nTrue\n", "")
        assert ended.returncode == 0
