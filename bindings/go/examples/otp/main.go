// A one-time password that works once, and cannot be guessed.
//
// Taking the code out before comparing it would let any caller burn it with a wrong guess. So a
// guess is counted first, then the code is read with its version and compared, and only a right
// guess deletes it, at the version that was compared. Of any number of goroutines and processes
// that come with the right code, the delete succeeds for one; for the others it was used. Counting
// is one atomic call, so parallel guesses cannot slip past the limit. The counter belongs to the
// code: issuing a new code sets both in one batch.
package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"kv.internal/kv"
)

const (
	codes      = "otp"
	guesses    = "otp guesses"
	guessesMax = 5
	ttl        = 5 * time.Minute
	goroutines = 2
)

func issue(ctx context.Context, store *kv.Store, user, code string) {
	var batch kv.Batch
	batch.Set(codes, user, []byte(code), kv.ExpireAfter(ttl))
	batch.Delete(guesses, user)
	_, err := store.Commit(ctx, &batch)
	check("issue", err)
}

func verify(ctx context.Context, store *kv.Store, user, guess string) string {
	number, err := store.Increment(ctx, guesses, user, 1, ttl)
	check("count guess", err)
	if number > guessesMax {
		return "too many guesses"
	}

	code, err := store.GetEntry(ctx, codes, user)
	if errors.Is(err, kv.ErrNotFound) {
		return "no code"
	}
	check("get code", err)
	// Takes the same time wherever the first difference is; only the length may show.
	if subtle.ConstantTimeCompare(code.Value, []byte(guess)) == 0 {
		return "wrong"
	}

	// Not there any more: used. At another version: a new code was issued meanwhile.
	err = store.DeleteVersion(ctx, codes, user, code.Version)
	if errors.Is(err, kv.ErrNotFound) || errors.Is(err, kv.ErrConflict) {
		return "used already"
	}
	check("use code", err)
	return "welcome"
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "otp.db")[1])
	check("open", err)

	issue(ctx, store, "ada", "123456")
	fmt.Println("wrong guess:", verify(ctx, store, "ada", "000000"))
	fmt.Println("too short a guess:", verify(ctx, store, "ada", "1234"))
	fmt.Println("right guess:", verify(ctx, store, "ada", "123456"))
	fmt.Println("the same again:", verify(ctx, store, "ada", "123456"))

	var welcomes atomic.Int64
	for range 50 {
		issue(ctx, store, "ada", "246810")
		var both sync.WaitGroup
		for range goroutines {
			both.Add(1)
			go func() {
				defer both.Done()
				if verify(ctx, store, "ada", "246810") == "welcome" {
					welcomes.Add(1)
				}
			}()
		}
		both.Wait()
	}
	fmt.Printf("50 codes, each tried by two threads at once: %d welcomes\n", welcomes.Load())

	issue(ctx, store, "grace", "999999")
	for range guessesMax {
		verify(ctx, store, "grace", "111111")
	}
	fmt.Printf("right, but after %d wrong ones: %s\n", guessesMax, verify(ctx, store, "grace", "999999"))
	issue(ctx, store, "grace", "777777")
	fmt.Println("with a new code:", verify(ctx, store, "grace", "777777"))
	check("close", store.Close())
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
