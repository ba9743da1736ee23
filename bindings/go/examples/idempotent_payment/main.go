// A payment that is made once, however often it is asked for.
//
// The client makes up a key for what it wants and sends it along, again with each retry. Of all
// callers with the key one starts; it makes the payment and stores the response, and every other
// caller receives that response, while the payment runs or a day later. A request for something
// else under the same key is refused. The record of a payment that has failed is removed, so that a
// retry may start it again; that of a process that has ended expires by its ttl.
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

// pay pays, or returns the response of the payment that was made under this key.
func pay(ctx context.Context, store *kv.Store, key string, amount int) string {
	request := fmt.Appendf(nil, "amount=%d", amount)
	for {
		payment, err := store.IdempotencyBegin(ctx, key, request, day)
		check("begin payment", err)
		switch payment.State {
		case kv.IdempotencyInProgress:
			time.Sleep(time.Millisecond) // A server would respond with "409, try again" instead.
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
		response := fmt.Sprintf("paid %d, receipt %d", amount, receipt)
		// Too late if it took more than a day: then another caller may have paid, too.
		check("complete payment", store.IdempotencyComplete(ctx, key, payment.Token, []byte(response)))
		return response
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

	var responses [callers]string
	var all sync.WaitGroup
	start := make(chan struct{})
	for caller := range callers {
		all.Add(1)
		go func() {
			defer all.Done()
			<-start
			responses[caller] = pay(ctx, store, "order 2", 70)
		}()
	}
	close(start)
	all.Wait()
	for caller, response := range responses {
		fmt.Printf("order 2, caller %d: %s\n", caller+1, response)
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
