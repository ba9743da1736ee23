// Workers that, however often they end and however many there are, do no item twice and leave none
// out.
//
// The position, the results and the sum are written in one transaction. Position first would skip
// the item that was at work in a crash; result first would repeat it. The transaction is refused
// if the position is not the one that was read: of two workers at one item one writes, and one
// that was replaced and wakes up late changes nothing. Work outside of the store may be done again
// after a crash; there, begin an operation as idempotent_payment does.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"strconv"

	"kv.internal/kv"
)

const items = 100

// readNumber reads a number that the transaction relies on from then on; 0 if there is none.
func readNumber(tx *kv.Tx, name string) int {
	text, err := tx.Get("worker", name)
	if errors.Is(err, kv.ErrNotFound) {
		return 0
	}
	check("read "+name, err)
	number, err := strconv.Atoi(string(text))
	check("understand "+name, err)
	return number
}

func writeNumber(tx *kv.Tx, group, name string, number int) {
	check("write "+name, tx.Set(group, name, []byte(strconv.Itoa(number))))
}

// finishItem does an item and commits the result with the next position, unless another has done
// it.
func finishItem(tx *kv.Tx, item int) bool {
	writeNumber(tx, "results", strconv.Itoa(item), item*item)
	writeNumber(tx, "worker", "sum", readNumber(tx, "sum")+item*item)
	writeNumber(tx, "worker", "position", item+1)
	err := tx.Commit()
	if errors.Is(err, kv.ErrConflict) {
		return false
	}
	check("commit", err)
	return true
}

func begin(ctx context.Context, store *kv.Store) *kv.Tx {
	tx, err := store.Begin(ctx)
	check("begin", err)
	return tx
}

// work works until the items are done or, to show the effect of a crash, exits at an item.
func work(ctx context.Context, path string, diesAt int) {
	store, err := kv.Open(ctx, path)
	check("open", err)
	for {
		tx := begin(ctx, store)
		item := readNumber(tx, "position")
		if item == diesAt {
			os.Exit(9) // No close, no flush, as in a crash.
		}
		if item == items {
			tx.Rollback()
			break
		}
		finishItem(tx, item)
	}
	check("close", store.Close())
}

// workInProcesses runs workers in processes of their own, which are this program once more.
func workInProcesses(workers int, path string, diesAt int) {
	program, err := os.Executable()
	check("find this program", err)
	running := make([]*exec.Cmd, workers)
	for i := range running {
		running[i] = exec.Command(program, path, strconv.Itoa(diesAt))
		running[i].Stderr = os.Stderr
		check("start a worker", running[i].Start())
	}
	for _, worker := range running {
		var died *exec.ExitError
		if err := worker.Wait(); errors.As(err, &died) && died.ExitCode() == 9 {
			fmt.Println("a worker crashes at its item")
		} else {
			check("run a worker", err)
			fmt.Println("a worker has nothing left to do")
		}
	}
}

func show(ctx context.Context, store *kv.Store) {
	tx := begin(ctx, store)
	defer tx.Rollback()
	results, err := store.Count(ctx, "results")
	check("count results", err)
	fmt.Printf("position %d, %d results, their sum is %d\n", readNumber(tx, "position"), results, readNumber(tx, "sum"))
}

func main() {
	ctx := context.Background()
	path := append(os.Args, "worker.db")[1]
	if len(os.Args) > 2 {
		diesAt, err := strconv.Atoi(os.Args[2])
		check("understand the item", err)
		work(ctx, path, diesAt)
		return
	}
	workInProcesses(1, path, 40)
	workInProcesses(1, path, 70)
	store, err := kv.Open(ctx, path)
	check("open", err)
	show(ctx, store)
	late, other := begin(ctx, store), begin(ctx, store)
	item := readNumber(late, "position")
	fmt.Printf("item %d: %s\n", item, word(finishItem(other, readNumber(other, "position"))))
	fmt.Printf("item %d, from one that comes late: %s\n", item, word(finishItem(late, item)))

	workInProcesses(2, path, -1)
	show(ctx, store)
	check("close", store.Close())
}

func word(isWritten bool) string {
	if isWritten {
		return "written"
	}
	return "refused"
}

func check(what string, err error) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}
