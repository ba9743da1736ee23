"""A one-time password that works once, and cannot be guessed.

Taking the code out before comparing it would let anybody burn it with a wrong guess. So a guess is
counted first, then the code is read with its version and compared, and only a right guess deletes
it, at the version that was compared. Of any number of threads and processes that come with the
right code, the delete succeeds for one; for the others it was used already. Counting is one
atomic call, so parallel guesses cannot slip past the limit. The counter belongs to the code:
issuing a new code sets both in one batch.
"""

import hmac
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import kv

CODES, GUESSES = "otp", "otp guesses"
GUESSES_MAX = 5
TTL = timedelta(minutes=5)


def issue(store: kv.Store, user: str, code: str) -> None:
    with store.batch() as batch:
        batch.set(CODES, user, code, ttl=TTL)
        batch.delete(GUESSES, user)
        batch.commit()


def verify(store: kv.Store, user: str, guess: str) -> str:
    if store.increment(GUESSES, user, ttl_if_created=TTL) > GUESSES_MAX:
        return "too many guesses"
    code = store.get_entry(CODES, user)
    if code is None:
        return "no code"
    # Takes the same time wherever the first difference is.
    if not hmac.compare_digest(code.value, guess.encode()):
        return "wrong"
    try:
        was_there = store.delete_version(CODES, user, code.version)
    except kv.ConflictError:
        # A new code was issued meanwhile.
        return "used already"
    return "welcome" if was_there else "used already"


def main(path: str) -> None:
    with kv.open(path) as store, ThreadPoolExecutor(2) as threads:
        issue(store, "ada", "123456")
        print("wrong guess:", verify(store, "ada", "000000"))
        print("too short a guess:", verify(store, "ada", "1234"))
        print("right guess:", verify(store, "ada", "123456"))
        print("the same again:", verify(store, "ada", "123456"))

        welcomes = 0
        for _ in range(50):
            issue(store, "ada", "246810")
            tries = [threads.submit(verify, store, "ada", "246810") for _ in range(2)]
            welcomes += sum(one.result() == "welcome" for one in tries)
        print("50 codes, each tried by two threads at once:", welcomes, "welcomes")

        issue(store, "grace", "999999")
        for _ in range(GUESSES_MAX):
            verify(store, "grace", "111111")
        late = verify(store, "grace", "999999")
        print(f"right, but after {GUESSES_MAX} wrong ones: {late}")
        issue(store, "grace", "777777")
        print("with a new code:", verify(store, "grace", "777777"))


main(sys.argv[1] if len(sys.argv) > 1 else "otp.db")
