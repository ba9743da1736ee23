package lokstra

import (
	"context"
	"fmt"

	"kv.internal/kv"
)

// The types of services that [Register] makes known.
const (
	// ServiceRedis keeps a Redis: {addr: "localhost:6379", password: "", db: 0, pool_size: 10,
	// prefix: "kv"}. The address is HOST:PORT or the path of a Unix socket.
	ServiceRedis = "kvstore_redis"
	// ServiceSQLite keeps a file: {path: a path or location, prefix: "kv"}.
	ServiceSQLite = "kvstore_sqlite"
	// ServiceMemory keeps nothing: {prefix: "kv"}.
	ServiceMemory = "kvstore_memory"
)

// defaultPrefix is that of a configuration without one; an empty one is none.
const defaultPrefix = "kv"

// Register makes the types of KvStore known.
func Register() {
	RegisterServiceType(ServiceRedis, openRedis)
	RegisterServiceType(ServiceSQLite, func(config map[string]any) (any, error) {
		settings := settings{serviceType: ServiceSQLite, config: config}
		if _, isGiven := config["path"]; !isGiven {
			return nil, settings.wrong("path is missing")
		}
		path, prefix := settings.text("path", ""), settings.text("prefix", defaultPrefix)
		return settings.open(path, prefix)
	})
	RegisterServiceType(ServiceMemory, func(config map[string]any) (any, error) {
		settings := settings{serviceType: ServiceMemory, config: config}
		return settings.open("memory:", settings.text("prefix", defaultPrefix))
	})
}

// RegisterCoreServices makes all types known that there are.
func RegisterCoreServices() { Register() }

// RegisterAllServices makes all types known that there are.
func RegisterAllServices() { Register() }

// open opens a location, of which the service has the keys with a prefix. Nothing is opened if a
// setting is wrong.
func (s *settings) open(location, prefix string) (any, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	store, err := kv.Open(context.Background(), location)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.serviceType, err)
	}
	return New(store, prefix), nil
}
