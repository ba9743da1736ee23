// A payment that is made once, however often it is asked for.
//
// The client makes up a key for what it wants and sends it along, again with each retry. Of all who
// come with the key one is told to start; it makes the payment and stores the answer, and everybody
// else is given that answer, whether they come while it runs or a day later. Who asks for something
// else under the same key is told so. A payment that has failed is given up, so that a retry may
// start it anew; one whose process dies is given up by its ttl.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"kv.internal/kv"
)

const (
	day     = 24 * time.Hour
	callers = 2
)

var (
	charges atomic.Int32
	limit   = 100
)

// charge is what must not happen twice; the bank says no to what is over the limit.
func charge(amount int) (receipt int32, isPaid bool) {
	if amount > limit {
		return 0, false
	}
	time.Sleep(2 * time.Millisecond)
	return charges.Add(1), true
}

// pay pays, or gives the answer of the payment that was made under this key.
func pay(ctx context.Context, store *kv.Store, key string, amount int) string {
	request := fmt.Appendf(nil, "amount=%d", amount)
	for {
		payment, err := store.IdempotencyBegin(ctx, key, request, day)
		check("begin payment", err)
		switch payment.State {
		case kv.IdempotencyInProgress:
			time.Sleep(time.Millisecond) // A server would answer "409, try again" instead.
			continue
		case kv.IdempotencyCompleted:
			return string(payment.Response)
		case kv.IdempotencyMismatch:
			return "refused: the key belongs to another payment"
		}
		receipt, isPaid := charge(amount)
		if !isPaid {
			check("give up payment", store.IdempotencyForget(ctx, key, payment.Token))
			return "declined"
		}
		answer := fmt.Sprintf("paid %d, receipt %d", amount, receipt)
		// Too late if it took more than a day: then somebody else may have paid, too.
		check("complete payment", store.IdempotencyComplete(ctx, key, payment.Token, []byte(answer)))
		return answer
	}
}

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "payments.db")[1])
	check("open", err)
	show := func(what, key string, amount int) {
		fmt.Printf("%s: %s\n", what, pay(ctx, store, key, amount))
	}
	show("order 1", "order 1", 30)
	show("its retry", "order 1", 30)
	show("its key for more", "order 1", 31)

	var answers [callers]string
	var all sync.WaitGroup
	start := make(chan struct{})
	for caller := range callers {
		all.Add(1)
		go func() {
			defer all.Done()
			<-start
			answers[caller] = pay(ctx, store, "order 2", 70)
		}()
	}
	close(start)
	all.Wait()
	for caller, answer := range answers {
		fmt.Printf("order 2, caller %d: %s\n", caller+1, answer)
	}

	show("order 3", "order 3", 500)
	limit = 1000
	show("its retry under a higher limit", "order 3", 500)
	show("one more", "order 3", 500)
	fmt.Printf("%d charges for 3 orders\n", charges.Load())
	check("close", store.Close())
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
