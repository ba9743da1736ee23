package db

import (
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// hiddenError is an error whose own text may have a password. It is reached by [errors.Unwrap].
type hiddenError struct {
	text  string
	cause error
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Unwrap() error { return e.cause }

// withoutURL hides the text of a driver's error that quotes a DSN with a password because it is no
// valid URL. A driver that parses its DSN late returns it from the first call that needs a
// connection.
func withoutURL(err error) error {
	var refused *url.Error
	if !errors.As(err, &refused) || refused.Op != "parse" || len(passwords(refused.URL)) == 0 {
		return err
	}
	return &hiddenError{"the DSN is not a valid URL, and is left out because it can have a password; " +
		"percent-encode the special characters of the user and the password", err}
}

// withoutPassword hides the text of an error that has a password of the configuration's DSN.
func withoutPassword(err error, config Config) error {
	// The name of a driver is no secret, even if it is the password as well.
	text := strings.ReplaceAll(err.Error(), config.Driver, "")
	for _, password := range passwords(config.DSN) {
		if strings.Contains(text, password) {
			return &hiddenError{"the text of the driver " + strconv.Quote(config.Driver) +
				" is left out because it has the password of the DSN; check the form of the DSN", err}
		}
	}
	return err
}

// passwordSetting finds NAME=VALUE where the name ends like that of a password. The value may be in
// quotes, in which a backslash escapes.
var passwordSetting = regexp.MustCompile(
	`(?i)(?:pass|password|passwd|pwd|_key|secret|token)\s*=\s*('(?:[^'\\]|\\.)*'?|"[^"]*"?|[^\s;&]+)`)

// passwords returns what can be a password in a DSN, as it stands there, decoded, and as it is
// written in quotes. A password that has an unescaped @ ends at any of them.
func passwords(dsn string) []string {
	var found []string
	add := func(password string) {
		if password == "" {
			return
		}
		quoted := strconv.Quote(password)
		found = append(found, password, quoted[1:len(quoted)-1])
		if decoded, err := url.PathUnescape(password); err == nil {
			found = append(found, decoded)
		}
	}
	_, rest, isURL := strings.Cut(dsn, "://")
	if !isURL {
		rest = dsn
	}
	if _, rest, hasPassword := strings.Cut(rest, ":"); hasPassword {
		for at, char := range rest {
			if char == '@' {
				add(rest[:at])
			}
		}
	}
	for _, match := range passwordSetting.FindAllStringSubmatch(dsn, -1) {
		add(strings.Trim(match[1], `'"`))
	}
	return found
}
