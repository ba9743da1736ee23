// Package services makes types of services known under the names that lokstra gives it.
package services

import "kv.internal/kv/adapters/lokstra"

// RegisterAllServices is lokstra.RegisterAllServices.
func RegisterAllServices() { lokstra.RegisterAllServices() }

// RegisterCoreServices is lokstra.RegisterCoreServices.
func RegisterCoreServices() { lokstra.RegisterCoreServices() }
