// Opens a store, writes two values, reads one and closes it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"kv.internal/kv"
)

func main() {
	ctx := context.Background()
	store, err := kv.Open(ctx, append(os.Args, "app.db")[1])
	check(err)
	defer store.Close()
	check(store.Set(ctx, "config", "colour", []byte("blue")))
	check(store.SetTTL(ctx, "codes", "ada", []byte("4711"), time.Minute))
	colour, err := store.Get(ctx, "config", "colour")
	check(err)
	fmt.Printf("colour = %s\n", colour)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
