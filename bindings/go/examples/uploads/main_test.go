package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kv.internal/kv"
)

const size = 20 << 20

// each runs a test at a location in a file, in a folder with a log and on a Redis.
func each(t *testing.T, test func(t *testing.T, location string)) {
	for engine, location := range map[string]func(*testing.T) string{
		"file":  func(t *testing.T) string { return filepath.Join(t.TempDir(), "files.db") },
		"log":   func(t *testing.T) string { return "log:" + filepath.Join(t.TempDir(), "files") },
		"redis": startRedis,
	} {
		t.Run(engine, func(t *testing.T) { test(t, location(t)) })
	}
}

// startRedis starts a server for one test, and returns its location.
func startRedis(t *testing.T) string {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed")
	}
	// Another process may take the port first; then the server ends at once.
	for range 20 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		check(err)
		port := listener.Addr().(*net.TCPAddr).Port
		listener.Close()
		server := exec.Command("redis-server", "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
		check(server.Start())
		ended := make(chan struct{})
		go func() { server.Wait(); close(ended) }()
		t.Cleanup(func() { server.Process.Kill(); <-ended })
		location := fmt.Sprintf("redis://127.0.0.1:%d?prefix=uploads", port)
		for isStarting := true; isStarting; {
			if store, err := kv.Open(t.Context(), location); err == nil {
				_, err = store.Exists(t.Context(), "g", "k")
				store.Close()
				if err == nil {
					return location
				}
			}
			select {
			case <-ended:
				isStarting = false
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	t.Fatal("no redis-server starts")
	return ""
}

// start serves a store until the end of the test, or until the function is called.
func start(t *testing.T, location string, maxBytes int64) (string, func()) {
	t.Helper()
	store, err := kv.Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(t.Context(), store, maxBytes, "acme", "initech")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.handler())
	stop := func() {
		server.Close()
		s.close()
		store.Close()
	}
	t.Cleanup(stop)
	return server.URL, stop
}

// answer is what a server has answered.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// ask sends a request; the headers are names and values in turn.
func ask(t *testing.T, method, url string, body io.Reader, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, received}
}

// has ends the test unless an answer has a code.
func has(t *testing.T, got answer, code int) answer {
	t.Helper()
	if got.code != code {
		t.Fatalf("got %d, not %d: %.100q", got.code, code, got.body)
	}
	return got
}

// hasBody ends the test unless an answer has a code and a body.
func hasBody(t *testing.T, got answer, code int, want []byte) answer {
	t.Helper()
	if has(t, got, code); !bytes.Equal(got.body, want) {
		t.Fatalf("got %d bytes, not the %d that were wanted", len(got.body), len(want))
	}
	return got
}

// noise returns the bytes of a film.
func noise(size int) []byte {
	data := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

func TestAnUploadIsDownloadedWholeAndInRangesAlsoAfterARestart(t *testing.T) {
	film := noise(size)
	each(t, func(t *testing.T, location string) {
		url, stop := start(t, location, 1<<30)
		url += "/acme/films/one.mp4"
		// Its length is not known before, so it comes in chunks.
		tag := has(t, ask(t, "PUT", url, io.MultiReader(bytes.NewReader(film))), http.StatusCreated).header.Get("ETag")
		for range 2 {
			got := hasBody(t, ask(t, "GET", url, nil), http.StatusOK, film)
			if got.header.Get("ETag") != tag || got.header.Get("Expires") != "" || got.header.Get("Content-Length") != fmt.Sprint(size) {
				t.Fatalf("%q, not %s", got.header, tag)
			}
			got = hasBody(t, ask(t, "HEAD", url, nil), http.StatusOK, nil)
			if got.header.Get("Content-Length") != fmt.Sprint(size) || got.header.Get("Accept-Ranges") != "bytes" {
				t.Fatalf("%q", got.header)
			}
			for text, want := range map[string][]byte{
				"bytes=0-99":               film[:100],
				"bytes=262100-262199":      film[262_100:262_200],
				"bytes=10000000-":          film[10_000_000:],
				"bytes=-5":                 film[size-5:],
				"bytes=20971519-999999999": film[size-1:],
				"bytes=1048576-12582911":   film[1<<20 : 12<<20],
				"bytes=5000000-5000000":    film[5_000_000:5_000_001],
			} {
				hasBody(t, ask(t, "GET", url, nil, "Range", text), http.StatusPartialContent, want)
			}
			has(t, ask(t, "GET", url, nil, "Range", "bytes=20971520-"), http.StatusRequestedRangeNotSatisfiable)
			hasBody(t, ask(t, "GET", url, nil, "If-None-Match", tag), http.StatusNotModified, nil)
			hasBody(t, ask(t, "GET", url, nil, "Range", "bytes=0-9", "If-Range", tag), http.StatusPartialContent, film[:10])
			hasBody(t, ask(t, "GET", url, nil, "Range", "bytes=0-9", "If-Range", `"other"`), http.StatusOK, film)
			parts := has(t, ask(t, "GET", url, nil, "Range", "bytes=0-9,300000-300009"), http.StatusPartialContent)
			if got := joined(t, parts); !bytes.Equal(got, append(film[:10:10], film[300_000:300_010]...)) {
				t.Fatalf("%d bytes in parts", len(got))
			}
			stop()
			url, stop = start(t, location, 1<<30)
			url += "/acme/films/one.mp4"
		}
		has(t, ask(t, "DELETE", url, nil), http.StatusNoContent)
		has(t, ask(t, "DELETE", url, nil), http.StatusNotFound)
		has(t, ask(t, "GET", url, nil), http.StatusNotFound)
	})
}

// joined returns the ranges of an answer with several, one after the other.
func joined(t *testing.T, of answer) []byte {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(of.header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for parts := multipart.NewReader(bytes.NewReader(of.body), parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, bytes...)
	}
}

func TestAnUploadIsRefusedWhenItsConditionDoesNotHold(t *testing.T) {
	each(t, func(t *testing.T, location string) {
		url, _ := start(t, location, 1<<30)
		url += "/acme/a"
		long := noise(1 << 20)
		has(t, ask(t, "PUT", url, bytes.NewReader(long), "If-Match", `"1"`), http.StatusPreconditionFailed)
		first := has(t, ask(t, "PUT", url, bytes.NewReader(long), "If-None-Match", "*"), http.StatusCreated).header.Get("ETag")
		has(t, ask(t, "PUT", url, strings.NewReader("late"), "If-None-Match", "*"), http.StatusPreconditionFailed)
		hasBody(t, ask(t, "GET", url, nil), http.StatusOK, long)
		second := has(t, ask(t, "POST", url, strings.NewReader("new"), "If-Match", first), http.StatusCreated).header.Get("ETag")
		for _, tag := range []string{first, `"no tag!"`} {
			has(t, ask(t, "PUT", url, strings.NewReader("late"), "If-Match", tag), http.StatusPreconditionFailed)
		}
		got := hasBody(t, ask(t, "GET", url, nil), http.StatusOK, []byte("new"))
		if first == second || got.header.Get("ETag") != second {
			t.Errorf("%s, %s, %q", first, second, got.header)
		}
	})
}

func TestWhatATenantHasNoRoomForIsRefused(t *testing.T) {
	film := noise(size)
	each(t, func(t *testing.T, location string) {
		url, _ := start(t, location, size+1<<20)
		has(t, ask(t, "PUT", url+"/acme/a", bytes.NewReader(film)), http.StatusCreated)
		has(t, ask(t, "PUT", url+"/acme/b", bytes.NewReader(film[:2<<20])), http.StatusRequestEntityTooLarge)
		has(t, ask(t, "GET", url+"/acme/b", nil), http.StatusNotFound)
		has(t, ask(t, "PUT", url+"/initech/b", bytes.NewReader(film[:2<<20])), http.StatusCreated)
		has(t, ask(t, "DELETE", url+"/acme/a", nil), http.StatusNoContent)
		has(t, ask(t, "PUT", url+"/acme/b", bytes.NewReader(film[:2<<20])), http.StatusCreated)
		has(t, ask(t, "PUT", url+"/acme/b", bytes.NewReader(append(film, film...))), http.StatusRequestEntityTooLarge)
		hasBody(t, ask(t, "GET", url+"/acme/b", nil), http.StatusOK, film[:2<<20])
	})
}

func TestAFileExpires(t *testing.T) {
	each(t, func(t *testing.T, location string) {
		url, _ := start(t, location, 1<<30)
		url += "/acme/a"
		for _, ttl := range []string{"soon", "-1s", "5"} {
			has(t, ask(t, "PUT", url+"?ttl="+ttl, strings.NewReader("x")), http.StatusBadRequest)
		}
		has(t, ask(t, "GET", url, nil), http.StatusNotFound)
		before := time.Now()
		has(t, ask(t, "PUT", url+"?ttl=1h", bytes.NewReader(noise(1<<20))), http.StatusCreated)
		expires, err := time.Parse(http.TimeFormat, has(t, ask(t, "HEAD", url, nil), http.StatusOK).header.Get("Expires"))
		if left := expires.Sub(before); err != nil || left < 59*time.Minute || left > 61*time.Minute {
			t.Errorf("%v, %v", left, err)
		}
		// A form is a content like any other.
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		has(t, ask(t, "POST", url+"?ttl=500ms", strings.NewReader("ttl=1h"), form...), http.StatusCreated)
		hasBody(t, ask(t, "GET", url, nil), http.StatusOK, []byte("ttl=1h"))
		for begun := time.Now(); ask(t, "GET", url, nil).code != http.StatusNotFound; time.Sleep(10 * time.Millisecond) {
			if time.Since(begun) > 20*time.Second {
				t.Fatal("it stays")
			}
		}
	})
}

func TestAClientThatBreaksOffHasChangedNothing(t *testing.T) {
	each(t, func(t *testing.T, location string) {
		url, stop := start(t, location, 1<<30)
		has(t, ask(t, "PUT", url+"/acme/a", strings.NewReader("before")), http.StatusCreated)
		for _, name := range []string{"a", "b"} {
			ctx, cancel := context.WithCancel(t.Context())
			reader, writer := io.Pipe()
			request, err := http.NewRequestWithContext(ctx, "PUT", url+"/acme/"+name, reader)
			check(err)
			go func() {
				writer.Write(noise(2 << 20))
				cancel()
				writer.CloseWithError(io.ErrUnexpectedEOF)
			}()
			response, err := http.DefaultClient.Do(request)
			cancel()
			reader.Close()
			if err == nil {
				response.Body.Close()
				t.Fatal(response.Status)
			}
		}
		// Ends when the server has seen it all.
		stop()
		url, _ = start(t, location, 1<<30)
		hasBody(t, ask(t, "GET", url+"/acme/a", nil), http.StatusOK, []byte("before"))
		has(t, ask(t, "GET", url+"/acme/b", nil), http.StatusNotFound)
	})
}

func TestADownloadReadsToTheEndOfTheFileThatItHasBegun(t *testing.T) {
	film := noise(size)
	each(t, func(t *testing.T, location string) {
		url, _ := start(t, location, 1<<30)
		url += "/acme/a"
		has(t, ask(t, "PUT", url, bytes.NewReader(film)), http.StatusCreated)
		response, err := http.Get(url)
		check(err)
		defer response.Body.Close()
		hash := sha256.New()
		io.CopyN(hash, response.Body, 1000)
		has(t, ask(t, "PUT", url, strings.NewReader("other")), http.StatusCreated)
		has(t, ask(t, "DELETE", url, nil), http.StatusNoContent)
		n, err := io.Copy(hash, response.Body)
		if want := sha256.Sum256(film); err != nil || n != size-1000 || !bytes.Equal(hash.Sum(nil), want[:]) {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, location string) {
		url, _ := start(t, location, 1<<30)
		for _, path := range []string{"/acme/missing", "/acme/", "/other/a", "/acme", "/"} {
			for _, method := range []string{"GET", "HEAD", "DELETE"} {
				has(t, ask(t, method, url+path, nil), http.StatusNotFound)
			}
		}
		has(t, ask(t, "PUT", url+"/other/a", strings.NewReader("x")), http.StatusNotFound)
		has(t, ask(t, "PUT", url+"/acme/", strings.NewReader("x")), http.StatusNotFound)
		has(t, ask(t, "PATCH", url+"/acme/a", strings.NewReader("x")), http.StatusMethodNotAllowed)
	})
	store, err := kv.Open(t.Context(), "memory:")
	check(err)
	defer store.Close()
	if _, err := newService(t.Context(), store, 1, "no tenant"); err == nil {
		t.Error("it is one")
	}
	store.Close()
	s := service{"acme": store}
	response := httptest.NewRecorder()
	s.handler().ServeHTTP(response, httptest.NewRequest("GET", "/acme/a", nil))
	if response.Code != http.StatusInternalServerError {
		t.Error(response.Code)
	}
}
