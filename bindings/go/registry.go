package kv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Registry makes services by name, stores above all, each when it is first asked for, and once. The
// zero Registry is empty and ready. Any number of goroutines may use it at once.
//
//	var services kv.Registry
//	services.RegisterConfig("services.yaml")
//	services.Register("flags", func(ctx context.Context) (any, error) { return newFlags(ctx) })
//	defer services.Close()
//	sessions, err := kv.GetService[*kv.Store](ctx, &services, "sessions")
type Registry struct {
	mutex    sync.Mutex
	services map[string]*service
	// The services file, if there is one.
	configPath string
	// What was made and can be closed, in that order.
	made []io.Closer
}

// service is one that was registered. Its mutex is held while it is made.
type service struct {
	open   func(context.Context) (any, error)
	mutex  sync.Mutex
	value  any
	isMade bool
}

// Register registers a service, in place of one of that name, which stays open until Close. The
// function may ask the registry for other services, but not for its own.
func (r *Registry) Register(name string, open func(context.Context) (any, error)) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.register(name, open)
}

// RegisterConfig lets names that are not registered be looked up in a services file, in place of an
// earlier one; each is a [*Store]. See [OpenConfig].
func (r *Registry) RegisterConfig(configPath string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.configPath = configPath
}

// GetService gives a service, and makes it if nobody has asked for it yet. A name that nobody has
// registered and a service of another type than T are [ErrConfig]. One that cannot be made is tried
// again when it is asked for again.
func GetService[T any](ctx context.Context, r *Registry, name string) (T, error) {
	var none T
	value, err := r.get(ctx, name)
	if err != nil {
		return none, fmt.Errorf("service %q: %w", name, err)
	}
	typed, isTyped := value.(T)
	if !isTyped {
		return none, &Error{Status: ErrConfig, Message: fmt.Sprintf("service %q is a %T, not a %T", name, value, &none)}
	}
	return typed, nil
}

// Close closes what was made and has a Close method, the last first, and forgets all services. The
// registry is then as at first.
func (r *Registry) Close() error {
	r.mutex.Lock()
	made := r.made
	r.made, r.services, r.configPath = nil, nil, ""
	r.mutex.Unlock()
	var failures []error
	for i := len(made) - 1; i >= 0; i-- {
		if err := made[i].Close(); !errors.Is(err, ErrClosed) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

func (r *Registry) register(name string, open func(context.Context) (any, error)) *service {
	if r.services == nil {
		r.services = map[string]*service{}
	}
	registered := &service{open: open}
	r.services[name] = registered
	return registered
}

func (r *Registry) get(ctx context.Context, name string) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	wanted, err := r.find(name)
	if err != nil {
		return nil, err
	}
	wanted.mutex.Lock()
	defer wanted.mutex.Unlock()
	if wanted.isMade {
		return wanted.value, nil
	}
	value, err := wanted.open(ctx)
	if err != nil {
		return nil, err
	}
	wanted.value, wanted.isMade = value, true
	if closer, isCloser := value.(io.Closer); isCloser {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.made = append(r.made, closer)
	}
	return value, nil
}

func (r *Registry) find(name string) (*service, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if known := r.services[name]; known != nil {
		return known, nil
	}
	configPath := r.configPath
	if configPath == "" {
		return nil, &Error{Status: ErrConfig, Message: "it is not registered"}
	}
	return r.register(name, func(ctx context.Context) (any, error) { return OpenConfig(ctx, configPath, name) }), nil
}
