package main

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Browsers accept a cookie of this name only with Secure and Path=/, and only from its own host.
const cookieName = "__Host-session"

type service struct {
	sessions sessions
	// isUser checks a password. Replace it by a look into your own table of users.
	isUser func(user, password string) bool
}

// handler returns what answers the requests.
func (s service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /login", handle(s.login))
	mux.Handle("GET /me", handle(s.me))
	mux.Handle("POST /logout", handle(s.logout))
	mux.Handle("POST /logout-everywhere", handle(s.logoutEverywhere))
	return mux
}

func (s service) login(w http.ResponseWriter, r *http.Request) error {
	user := r.PostFormValue("user")
	if user == "" || len(user) > 256 || !s.isUser(user, r.PostFormValue("password")) {
		return errNoSession
	}
	token, err := s.sessions.begin(r.Context(), session{user, r.UserAgent(), time.Now().UTC()})
	if err == nil {
		setCookie(w, user, token, s.sessions.ttl)
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s service) me(w http.ResponseWriter, r *http.Request) error {
	user, token := cookieOf(r)
	value, err := s.sessions.use(r.Context(), user, token)
	if err == nil {
		setCookie(w, user, token, s.sessions.ttl)
		w.Header().Set("Content-Type", "application/json")
		w.Write(value)
	}
	return err
}

func (s service) logout(w http.ResponseWriter, r *http.Request) error {
	user, token := cookieOf(r)
	err := s.sessions.end(r.Context(), user, token)
	if err == nil {
		setCookie(w, "", "", -time.Second)
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s service) logoutEverywhere(w http.ResponseWriter, r *http.Request) error {
	user, token := cookieOf(r)
	if _, err := s.sessions.use(r.Context(), user, token); err != nil {
		return err
	}
	ended, err := s.sessions.endAll(r.Context(), user)
	if err == nil {
		slog.Info("logout everywhere", "user", user, "sessions", ended)
		setCookie(w, "", "", -time.Second)
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// setCookie sets the cookie, or with a negative ttl removes it. SameSite keeps it out of the POST
// requests of other sites.
func setCookie(w http.ResponseWriter, user, token string, ttl time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: base64.RawURLEncoding.EncodeToString([]byte(user)) + "." + token,
		Path: "/", MaxAge: int(ttl.Seconds()),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookieOf returns the user and the token of a request, which have no session if they are made up.
func cookieOf(r *http.Request) (user, token string) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return "", ""
	}
	encoded, token, _ := strings.Cut(cookie.Value, ".")
	decoded, _ := base64.RawURLEncoding.DecodeString(encoded)
	return string(decoded), token
}

// handle gives each request two seconds, and makes errors responses.
func handle(answer func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		w.Header().Set("Cache-Control", "no-store")
		err := answer(w, r.WithContext(ctx))
		code := http.StatusServiceUnavailable
		switch {
		case err == nil:
			return
		case errors.Is(err, errNoSession):
			code = http.StatusUnauthorized
		default:
			slog.Error("request failed", "path", r.URL.Path, "error", err)
		}
		http.Error(w, http.StatusText(code), code)
	}
}
