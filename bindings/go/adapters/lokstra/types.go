package lokstra

import (
	"context"
	"fmt"

	"kv.internal/kv"
)

// The types of services that [Register] makes known.
const (
	// ServiceSQLite keeps a file: {path: a path or location, prefix: "kv"}.
	ServiceSQLite = "kvstore_sqlite"
	// ServiceMemory keeps nothing: {prefix: "kv"}.
	ServiceMemory = "kvstore_memory"
)

// defaultPrefix is that of a configuration without one; an empty one is none.
const defaultPrefix = "kv"

// Register makes the types of KvStore known.
func Register() {
	RegisterServiceType(ServiceSQLite, func(config map[string]any) (any, error) {
		path, ok := config["path"]
		if !ok {
			return nil, fmt.Errorf("%s: path is missing", ServiceSQLite)
		}
		return open(ServiceSQLite, path, config)
	})
	RegisterServiceType(ServiceMemory, func(config map[string]any) (any, error) {
		if _, ok := config["path"]; ok {
			return nil, fmt.Errorf("%s: there is no setting path", ServiceMemory)
		}
		return open(ServiceMemory, "memory:", config)
	})
}

// RegisterCoreServices makes all types known that there are.
func RegisterCoreServices() { Register() }

// RegisterAllServices makes all types known that there are.
func RegisterAllServices() { Register() }

// open makes a service. A setting of a wrong type, or one that is not known, is an error: taken for
// the default, it would put an application into another's data.
func open(serviceType string, location any, config map[string]any) (*Store, error) {
	prefix := any(defaultPrefix)
	for name, setting := range config {
		switch name {
		case "path":
		case "prefix":
			prefix = setting
		default:
			return nil, fmt.Errorf("%s: there is no setting %s", serviceType, name)
		}
	}
	path, ok := location.(string)
	if !ok {
		return nil, fmt.Errorf("%s: path is a %T, not a string", serviceType, location)
	}
	namespace, ok := prefix.(string)
	if !ok {
		return nil, fmt.Errorf("%s: prefix is a %T, not a string", serviceType, prefix)
	}
	store, err := kv.Open(context.Background(), path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", serviceType, err)
	}
	return New(store, namespace), nil
}
