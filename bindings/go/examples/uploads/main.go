// Uploads and downloads of files of any size over HTTP, for tenants with a quota each.
//
// An upload goes from the connection into the store in pieces, and is there as a whole or not at
// all: a client that breaks off has changed nothing, and one that downloads meanwhile gets the
// file that was there before. The store may be a file, a folder with a log, memory or a Redis:
//
//	uploads files.db acme initech
//	curl -T film.mp4 'http://localhost:8080/acme/film.mp4?ttl=24h'
//	curl -r 1000000-1999999 http://localhost:8080/acme/film.mp4
//
// Everybody may do so here: a service that strangers reach first asks for a name and a password.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"kv.internal/kv"
)

// The files of a tenant are in one group of the tenant's namespace.
const group = "files"

// service has the namespaces of the tenants.
type service map[string]*kv.Store

// newService opens the namespaces, and limits each to a number of bytes.
func newService(ctx context.Context, store *kv.Store, maxBytes int64, tenants ...string) (service, error) {
	s := service{}
	for _, tenant := range tenants {
		if err := store.SetQuota(ctx, tenant, kv.Limits{MaxBytes: maxBytes}); err != nil {
			return nil, err
		}
		files, err := store.Scope(tenant)
		if err != nil {
			return nil, err
		}
		s[tenant] = files
	}
	return s, nil
}

// close closes the namespaces.
func (s service) close() {
	for _, files := range s {
		files.Close()
	}
}

// handler returns what answers the requests; GET is HEAD, too.
func (s service) handler() http.Handler {
	mux := http.NewServeMux()
	for method, answer := range map[string]func(http.ResponseWriter, *http.Request, *kv.Store) error{
		"PUT": upload, "POST": upload, "GET": download, "DELETE": remove,
	} {
		mux.HandleFunc(method+" /{tenant}/{name...}", func(w http.ResponseWriter, r *http.Request) {
			files, isKnown := s[r.PathValue("tenant")]
			if !isKnown || r.PathValue("name") == "" {
				http.NotFound(w, r)
			} else if err := answer(w, r, files); err != nil {
				refuse(w, r, err)
			}
		})
	}
	return mux
}

// upload makes the body of the request a file. With If-None-Match: * there must be none yet, with
// If-Match it must be the one with that tag.
func upload(w http.ResponseWriter, r *http.Request, files *kv.Store) error {
	options, err := optionsOf(r)
	if err != nil {
		return err
	}
	to, err := files.OpenWriter(r.Context(), group, r.PathValue("name"), options...)
	if err != nil {
		return err
	}
	defer to.Close() // Discards what was written, unless it was committed.
	if _, err := to.ReadFrom(r.Body); err != nil {
		return err
	}
	version, err := to.Commit()
	if err != nil {
		return err
	}
	w.Header().Set("ETag", tagOf(version))
	w.WriteHeader(http.StatusCreated)
	return nil
}

func optionsOf(r *http.Request) ([]kv.PutOption, error) {
	var options []kv.PutOption
	if text := r.URL.Query().Get("ttl"); text != "" {
		ttl, err := time.ParseDuration(text)
		if err != nil {
			return nil, errRequest
		}
		options = append(options, kv.ExpireAfter(ttl))
	}
	if r.Header.Get("If-None-Match") == "*" {
		options = append(options, kv.IfAbsent())
	}
	if tag := r.Header.Get("If-Match"); tag != "" {
		version, err := strconv.ParseUint(strings.Trim(tag, `"`), 36, 64)
		if err != nil {
			return nil, kv.ErrConflict
		}
		options = append(options, kv.IfVersion(version))
	}
	return options, nil
}

// download answers with the file, or with the ranges of it that the request names.
func download(w http.ResponseWriter, r *http.Request, files *kv.Store) error {
	from, err := files.OpenReader(r.Context(), group, r.PathValue("name"))
	if err != nil {
		return err
	}
	defer from.Close()
	w.Header().Set("ETag", tagOf(from.Version()))
	// A browser must not show what a stranger has uploaded as a page of this site.
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Disposition", "attachment")
	if at := from.ExpiresAt(); !at.IsZero() {
		w.Header().Set("Expires", at.UTC().Format(http.TimeFormat))
	}
	http.ServeContent(w, r, r.PathValue("name"), time.Time{}, from)
	return nil
}

func remove(w http.ResponseWriter, r *http.Request, files *kv.Store) error {
	isDeleted, err := files.Deleted(r.Context(), group, r.PathValue("name"))
	if err == nil && !isDeleted {
		err = kv.ErrNotFound
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// tagOf returns the tag of a version, which changes with each upload.
func tagOf(version uint64) string { return fmt.Sprintf("%q", strconv.FormatUint(version, 36)) }

// errRequest is a request that cannot be understood.
var errRequest = errors.New("bad request")

// codes are those of errors; another error is one of the store, or of the client's connection.
var codes = map[error]int{
	errRequest:          http.StatusBadRequest,
	kv.ErrArgument:      http.StatusBadRequest,
	kv.ErrNotFound:      http.StatusNotFound,
	kv.ErrConflict:      http.StatusPreconditionFailed,
	kv.ErrQuotaExceeded: http.StatusRequestEntityTooLarge,
	kv.ErrTooLarge:      http.StatusRequestEntityTooLarge,
	kv.ErrFull:          http.StatusInsufficientStorage,
	kv.ErrBusy:          http.StatusServiceUnavailable,
	kv.ErrUnavailable:   http.StatusServiceUnavailable,
}

func refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // The client has gone.
	}
	code := http.StatusInternalServerError
	for kind, its := range codes {
		if errors.Is(err, kind) {
			code = its
		}
	}
	if code >= http.StatusInternalServerError {
		log.Printf("%s %s: %v", r.Method, r.URL.Path, err)
	}
	http.Error(w, http.StatusText(code), code)
}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("usage: uploads LOCATION TENANT...")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	store, err := kv.Open(ctx, os.Args[1])
	check(err)
	s, err := newService(ctx, store, 10<<30, os.Args[2:]...)
	check(err)
	server := &http.Server{Addr: "localhost:8080", Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { check(server.ListenAndServe()) }()
	<-ctx.Done()
	// Uploads and downloads that have begun may end.
	server.Shutdown(context.Background())
	s.close()
	check(store.Close())
}

func check(err error) {
	if err != nil && err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
