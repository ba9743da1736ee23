// Package models has the model of the document's example.
package models

// Session is a value of that example.
type Session struct {
	UserID string
	Token  string
}
