// Package lokstra_registry has the registry of services under the name that lokstra gives it.
package lokstra_registry

import "kv.internal/kv/adapters/lokstra"

// NewService is lokstra.NewService.
func NewService[T any](name, serviceType string, config map[string]any) T {
	return lokstra.NewService[T](name, serviceType, config)
}

// TryNewService is lokstra.TryNewService.
func TryNewService[T any](name, serviceType string, config map[string]any) (T, error) {
	return lokstra.TryNewService[T](name, serviceType, config)
}

// GetService is lokstra.GetService.
func GetService[T any](name string) T { return lokstra.GetService[T](name) }

// GetServiceOrError is lokstra.GetServiceOrError.
func GetServiceOrError[T any](name string) (T, error) { return lokstra.GetServiceOrError[T](name) }

// MustGetService is lokstra.MustGetService.
func MustGetService[T any](name string) T { return lokstra.MustGetService[T](name) }

// TryGetService is lokstra.TryGetService.
func TryGetService[T any](name string) (T, bool) { return lokstra.TryGetService[T](name) }

// RegisterService is lokstra.RegisterService.
func RegisterService(name, serviceType string, config map[string]any) {
	lokstra.RegisterService(name, serviceType, config)
}

// RegisterServiceType is lokstra.RegisterServiceType.
func RegisterServiceType(serviceType string, factory lokstra.Factory) {
	lokstra.RegisterServiceType(serviceType, factory)
}

// RegisterServicesFile is lokstra.RegisterServicesFile.
func RegisterServicesFile(configPath string, names ...string) error {
	return lokstra.RegisterServicesFile(configPath, names...)
}

// ShutdownServices is lokstra.ShutdownServices.
func ShutdownServices() error { return lokstra.ShutdownServices() }
