// Serves the metrics of two stores that are in use, a file and a cache in memory, until its standard
// input ends: those of the collector at /metrics, and the text of the file's library at /text. The
// first line that it prints is its address.
//
//	serve FOLDER
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kv.internal/kv"
	kvprometheus "kv.internal/kv/prometheus"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	file, err := kv.Open(ctx, "sqlite:"+filepath.Join(os.Args[1], "store.db")+"?changes=on&durability=full&purge_interval=1s")
	check(err)
	cache, err := kv.Open(ctx, "memory:?max_entries=100&evict=lru")
	check(err)
	watch, err := file.Watch(ctx, kv.Everywhere())
	check(err)
	var running sync.WaitGroup
	for number := range 4 {
		running.Add(1)
		go func() {
			defer running.Done()
			use(ctx, number, file, cache)
		}()
	}
	running.Add(1)
	go func() {
		defer running.Done()
		for range watch.Events {
		}
	}()

	registry := prometheus.NewRegistry()
	registry.MustRegister(kvprometheus.NewCollector(file, prometheus.Labels{"store": "file"}))
	registry.MustRegister(kvprometheus.NewCollector(cache, prometheus.Labels{"store": "cache"}))
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	http.HandleFunc("/text", func(w http.ResponseWriter, r *http.Request) {
		text, err := file.MetricsText(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, text)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	fmt.Println(listener.Addr())

	_, err = io.Copy(io.Discard, os.Stdin)
	check(err)
	check(server.Close())
	cancel()
	running.Wait()
	check(file.Close())
	check(cache.Close())
}

// use makes calls of several kinds, some of which fail, until the context ends.
func use(ctx context.Context, number int, file, cache *kv.Store) {
	for i := 0; ctx.Err() == nil; i++ {
		key := fmt.Sprintf("%d-%d", number, i%200)
		for _, store := range []*kv.Store{file, cache} {
			// Each of these expires.
			session := fmt.Sprintf("%d-%d", number, i)
			expect(ctx, store.SetTTL(ctx, "sessions", session, []byte("a session"), 100*time.Millisecond))
			for range 20 {
				_, err := store.Get(ctx, "sessions", session)
				expect(ctx, err, kv.ErrNotFound)
			}
			_, err := store.Get(ctx, "sessions", "missing")
			expect(ctx, err, kv.ErrNotFound)
			expect(ctx, store.Set(ctx, "users", key, []byte("a user")))
			_, err = store.Increment(ctx, "users", key, 1, 0)
			expect(ctx, err, kv.ErrNotInteger)
			_, err = store.Count(ctx, "users")
			expect(ctx, err)
		}
	}
}

// expect ends the program at an error that is not expected, and not that of the end.
func expect(ctx context.Context, err error, expected ...error) {
	for _, it := range append(expected, context.Canceled) {
		if errors.Is(err, it) {
			return
		}
	}
	if ctx.Err() == nil {
		check(err)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
