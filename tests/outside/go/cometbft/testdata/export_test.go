package db

// Register adds a backend for the tests of this package, which run on each that is registered.
func Register(name string, open func(name, directory string) (DB, error)) {
	registerDBCreator(BackendType(name), open)
}
