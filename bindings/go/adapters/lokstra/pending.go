package lokstra

import (
	"context"
	"sync"
	"time"
)

// pause is the time in which a service that could not be made is not tried again.
const pause = time.Second

// pending is a KvStore that could not be made. Its calls return the reason, and try again to make
// it, after a pause, so that a server may come later than the program.
type pending struct {
	name  string
	mutex sync.Mutex
	// The reason of the last try, and when that ended.
	err   error
	tried time.Time
	// Whether a call tries at the moment. Other calls do not wait for it.
	isTrying bool
}

var _ KvStore = (*pending)(nil)

// Set is that of the store.
func (p *pending) Set(ctx context.Context, key string, value any, ttl time.Duration) error {
	store, err := p.get()
	if err != nil {
		return err
	}
	return store.Set(ctx, key, value, ttl)
}

// Get is that of the store. The reason why there is none is not [Nil].
func (p *pending) Get(ctx context.Context, key string, dest any) error {
	store, err := p.get()
	if err != nil {
		return err
	}
	return store.Get(ctx, key, dest)
}

// Delete is that of the store.
func (p *pending) Delete(ctx context.Context, key string) error {
	store, err := p.get()
	if err != nil {
		return err
	}
	return store.Delete(ctx, key)
}

// DeleteKeys is that of the store.
func (p *pending) DeleteKeys(ctx context.Context, keys ...string) error {
	store, err := p.get()
	if err != nil {
		return err
	}
	return store.DeleteKeys(ctx, keys...)
}

// Keys is that of the store.
func (p *pending) Keys(ctx context.Context, pattern string) ([]string, error) {
	store, err := p.get()
	if err != nil {
		return nil, err
	}
	return store.Keys(ctx, pattern)
}

func (p *pending) get() (KvStore, error) {
	p.mutex.Lock()
	if p.err != nil {
		if p.isTrying || time.Since(p.tried) < pause {
			defer p.mutex.Unlock()
			return nil, p.err
		}
		p.isTrying = true
	}
	p.mutex.Unlock()

	store, err := get[KvStore](p.name)

	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.err, p.tried, p.isTrying = err, time.Now(), false
	return store, err
}
