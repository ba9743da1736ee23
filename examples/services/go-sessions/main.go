// Sessions over HTTP: login, a page for the user, logout, and logout everywhere.
//
//	SESSIONS_PASSWORD=secret sessions -listen localhost:8080 app.db
//	SESSIONS_PASSWORD=secret sessions -listen localhost:8080 'redis://localhost?prefix=app'
package main

import (
	"context"
	"crypto/subtle"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"kv.internal/kv"
)

func main() {
	listen := flag.String("listen", "localhost:8080", "address; port 0 is any free port")
	ttl := flag.Duration("ttl", 30*time.Minute, "life of a session after its last use")
	most := flag.Int("max", 5, "sessions of one user")
	flag.Parse()
	if err := run(*listen, flag.Arg(0), *ttl, *most); err != nil {
		slog.Error("the service has ended", "error", err)
		os.Exit(1)
	}
}

func run(address, location string, ttl time.Duration, most int) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := kv.Open(ctx, location)
	if err != nil {
		return err
	}
	defer store.Close()
	password := os.Getenv("SESSIONS_PASSWORD")
	s := service{sessions{store, ttl, most}, func(_, given string) bool {
		return password != "" && subtle.ConstantTimeCompare([]byte(given), []byte(password)) == 1
	}}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	slog.Info("listening", "address", listener.Addr().String())
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// Requests that have begun are answered.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}
