"""The log at the end of a program, and around a fork."""

from __future__ import annotations

import time
from pathlib import Path

from conftest import ends_without_a_word, run_python

#: Prints a line for each record; its file is closed by logging at exit.
BEGIN = """
import logging, os, subprocess, sys, threading, time, kv
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout, format="%(topic)s")
log = logging.getLogger("kv")
"""


def test_records_are_handled_before_logging_and_the_interpreter_end(path: Path) -> None:
    program = """
class Slow(logging.Handler):
    def emit(self, record):
        time.sleep(0.2)
        print("slow", record.topic)
    def close(self):
        print("closed")
        super().close()
log.addHandler(Slow())
kv.set_log(log)
store = kv.open(sys.argv[1])
print("end")
"""
    ended = run_python("import kv\n" + BEGIN + program, str(path))
    assert ended.stdout == "end\nslow open\nopen\nclosed\n"
    assert ended.returncode == 0 and "Error" not in ended.stderr


def test_daemon_threads_that_make_records_do_not_abort_the_exit(path: Path) -> None:
    program = """
kv.set_log(log, level="DEBUG")
log.propagate = False
begun = threading.Event()
class First(logging.Handler):
    def emit(self, record):
        begun.set()
log.addHandler(First())
def run():
    while True:
        kv.open("memory:").close()
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
begun.wait()
"""
    ends_without_a_word(BEGIN + program)


def test_daemon_threads_that_set_the_log_do_not_abort_the_exit(path: Path) -> None:
    program = """
log.setLevel(logging.ERROR)
begun = threading.Event()
def run():
    while True:
        try:
            kv.set_log(log)
        except RuntimeError as error:
            assert "the interpreter ends" in str(error)
            return
        kv.open("memory:").close()
        begun.set()
for _ in range(3):
    threading.Thread(target=run, daemon=True).start()
begun.wait()
"""
    ends_without_a_word(BEGIN + program)


def test_the_exit_waits_for_the_records_so_far_and_not_for_ever(path: Path) -> None:
    program = """
class Slow(logging.Handler):
    def emit(self, record):
        time.sleep(0.5)
log.addHandler(Slow())
kv.set_log(log)
stores = [kv.open("memory:") for _ in range(100)]
"""
    began = time.monotonic()
    ended = run_python(BEGIN + program)
    assert 5 < time.monotonic() - began < 20
    assert ended.returncode == 0 and 9 <= ended.stdout.count("open\n") <= 12


FORK = """
kv.set_log(log)
kv.open("memory:").close()
sys.stdout.flush()
child = os.fork()
if child == 0:
    print("child without a log")
    kv.open("memory:").close()
    kv.set_log(None)
    kv.open("memory:").close()
    kv.set_log(log)
    kv.open("memory:").close()
    kv.set_log(None)
    if sys.argv[1] == "hard":
        sys.stdout.flush()
        os._exit(0)
    kv.set_log(log)
    kv.open("memory:").close()
    sys.exit(0)
status = os.waitpid(child, 0)[1]
print("parent", status)
kv.open("memory:").close()
"""


def test_a_forked_child_has_no_log_until_it_sets_one() -> None:
    for end, more in (("hard", ""), ("soft", "open\nclose\n")):
        ended = run_python(BEGIN + FORK, end, PYTHONWARNINGS="ignore::DeprecationWarning")
        child = f"child without a log\nopen\nclose\n{more}"
        assert ended.stdout == f"open\nclose\n{child}parent 0\nopen\nclose\n"
        assert (ended.stderr, ended.returncode) == ("", 0)


def test_a_child_that_ends_at_once_needs_no_log() -> None:
    program = """
kv.set_log(log)
kv.open("memory:").close()
sys.stdout.flush()
for _ in range(20):
    child = os.fork()
    if child == 0:
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""
    ended = run_python(BEGIN + program, PYTHONWARNINGS="ignore::DeprecationWarning")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("open\nclose\n", "", 0)


def test_a_child_that_executes_another_program_leaves_the_log_of_the_parent() -> None:
    program = """
kv.set_log(log)
other = "import kv; kv.open('memory:').close(); print('other')"
done = subprocess.run([sys.executable, "-c", other], stdout=subprocess.PIPE, text=True, check=True,
                      preexec_fn=lambda: None)
print(done.stdout, end="")
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", "print('executed')"])
assert os.waitpid(child, 0)[1] == 0
kv.open("memory:").close()
"""
    ended = run_python(
        BEGIN + program, PYTHONWARNINGS="ignore::DeprecationWarning", PYTHONUNBUFFERED="1"
    )
    assert ended.stdout == "other\nexecuted\nopen\nclose\n"
    assert (ended.stderr, ended.returncode) == ("", 0)


def test_a_child_that_is_forked_while_a_thread_sets_the_log_ends_at_once() -> None:
    program = """
begun = threading.Event()
class Slow(logging.Handler):
    def emit(self, record):
        begun.set()
        time.sleep(1)
log.addHandler(Slow())
log.propagate = False
kv.set_log(log)
store = kv.open("memory:")
begun.wait()
setter = threading.Thread(target=kv.set_log, args=(None,))
setter.start()
while not kv.log.setting.locked():
    time.sleep(0.001)
child = os.fork()
if child == 0:
    sys.exit(0)
forked = time.monotonic()
assert os.waitpid(child, 0)[1] == 0
print(time.monotonic() - forked < 4)
setter.join()
"""
    ended = run_python(BEGIN + program, PYTHONWARNINGS="ignore::DeprecationWarning")
    assert (ended.stdout, ended.stderr, ended.returncode) == ("True\n", "", 0)
