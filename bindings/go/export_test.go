package kv

// CompareInterface is for the test of a library that does not fit.
var CompareInterface = compareInterface
