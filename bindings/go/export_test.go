package kv

// CompareInterface is for the test of a library that does not fit.
var CompareInterface = compareInterface

// LockAs makes a lock of a store and name that may be others than those under which it was acquired,
// for the behaviour cases, in which these are three arguments.
func LockAs(store *Store, name string, acquired *Lock) *Lock {
	return &Lock{store: store, name: name, grant: acquired.grant}
}

// NameOf is the name of the store that a location opens.
func NameOf(location string) string { return nameOfLocation(location).location }
