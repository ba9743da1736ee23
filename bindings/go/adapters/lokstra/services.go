package lokstra

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"

	"kv.internal/kv"
)

// serviceSet makes services by name, each when it is first asked for, and once.
type serviceSet struct {
	mutex    sync.Mutex
	services map[string]*service
	// The services that were made and can be closed, in that order.
	made []io.Closer
}

// service is one that was registered. Its mutex is held while it is made.
type service struct {
	open   func() (any, error)
	mutex  sync.Mutex
	value  any
	isMade bool
}

// register registers a service, in place of one of that name, which stays open until close. The
// function may request other services of the set, but not its own.
func (s *serviceSet) register(name string, open func() (any, error)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.services == nil {
		s.services = map[string]*service{}
	}
	s.services[name] = &service{open: open}
}

// get returns a service, and makes it if this has not happened yet. One that cannot be made is
// tried again when it is asked for again.
func (s *serviceSet) get(name string) (any, error) {
	s.mutex.Lock()
	wanted := s.services[name]
	s.mutex.Unlock()
	if wanted == nil {
		return nil, &kv.Error{Status: kv.ErrConfig, Message: "it is not registered"}
	}
	wanted.mutex.Lock()
	defer wanted.mutex.Unlock()
	if wanted.isMade {
		return wanted.value, nil
	}
	value, err := wanted.open()
	if err != nil {
		return nil, err
	}
	wanted.value, wanted.isMade = value, true
	if closer, isCloser := value.(io.Closer); isCloser {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		s.made = append(s.made, closer)
	}
	return value, nil
}

// close closes what was made and has a Close method, the last first, and forgets all services.
func (s *serviceSet) close() error {
	s.mutex.Lock()
	made := s.made
	s.made, s.services = nil, nil
	s.mutex.Unlock()
	var failures []error
	for i := len(made) - 1; i >= 0; i-- {
		if err := made[i].Close(); !errors.Is(err, kv.ErrClosed) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// serviceOf returns a service of a type. A name that is not registered and a service of another
// type are kv.ErrConfig.
func serviceOf[T any](s *serviceSet, name string) (T, error) {
	var none T
	value, err := s.get(name)
	if err != nil {
		return none, fmt.Errorf("service %q: %w", name, err)
	}
	typed, isTyped := value.(T)
	if !isTyped {
		message := fmt.Sprintf("service %q is a %T, not a %s", name, value, reflect.TypeFor[T]())
		return none, &kv.Error{Status: kv.ErrConfig, Message: message}
	}
	return typed, nil
}
