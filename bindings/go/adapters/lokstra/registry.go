package lokstra

import (
	"fmt"
	"log"
	"sync"
	"time"

	"kv.internal/kv"
)

// Factory makes a service from its configuration.
type Factory func(config map[string]any) (any, error)

// The registry is the program's, as its services are.
var (
	services  serviceSet
	factories sync.Map
)

// RegisterServiceType makes a type of service known, in place of one of that name.
func RegisterServiceType(serviceType string, factory Factory) { factories.Store(serviceType, factory) }

// RegisterService defines a service by name, in place of one of that name. It is made when it is
// first requested, once; a factory may request other services.
func RegisterService(name, serviceType string, config map[string]any) {
	services.register(name, func() (any, error) {
		factory, known := factories.Load(serviceType)
		if !known {
			message := fmt.Sprintf("there is no service type %q; Register makes those of KvStore known", serviceType)
			return nil, &kv.Error{Status: kv.ErrConfig, Message: message}
		}
		return factory.(Factory)(config)
	})
}

// NewService defines a service and makes it. It panics if that fails or makes something else;
// [TryNewService] returns the error.
func NewService[T any](name, serviceType string, config map[string]any) T {
	made, err := TryNewService[T](name, serviceType, config)
	if err != nil {
		panic(err)
	}
	return made
}

// TryNewService defines a service and makes it.
func TryNewService[T any](name, serviceType string, config map[string]any) (T, error) {
	RegisterService(name, serviceType, config)
	return get[T](name)
}

// GetService returns a service. If there is none, it cannot be made, or it is something else, the
// reason is logged; a [KvStore] then returns it from each call, and tries again to make the service
// a second after the last try, and any other T is its zero value. [GetServiceOrError] returns the
// reason.
func GetService[T any](name string) T {
	made, err := get[T](name)
	if err == nil {
		return made
	}
	log.Printf("lokstra: %v", err)
	if kvStore, isKvStore := any(&made).(*KvStore); isKvStore {
		*kvStore = &pending{name: name, err: err, tried: time.Now()}
	}
	return made
}

// GetServiceOrError returns a service, or the reason why there is none: that the name is not
// registered, the service cannot be made, or it is something else than a T.
func GetServiceOrError[T any](name string) (T, error) { return get[T](name) }

// MustGetService returns a service, or panics with the reason why there is none.
func MustGetService[T any](name string) T {
	made, err := get[T](name)
	if err != nil {
		panic(err)
	}
	return made
}

// TryGetService returns a service and whether there is one.
func TryGetService[T any](name string) (T, bool) {
	made, err := get[T](name)
	return made, err == nil
}

// ShutdownServices closes what was made, the last first, and forgets all services, not the types.
func ShutdownServices() error { return services.close() }

func get[T any](name string) (T, error) {
	return serviceOf[T](&services, name)
}
