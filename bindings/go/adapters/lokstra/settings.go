package lokstra

import (
	"fmt"
	"maps"
	"slices"

	"kv.internal/kv"
)

// settings reads the configuration of a service. A setting of a wrong type, or one that is not
// known, is an error: taken for the default, it would put an application into another's data.
type settings struct {
	serviceType string
	config      map[string]any
	known       []string
	err         error
}

// text returns a setting that is a text.
func (s *settings) text(name, byDefault string) string {
	s.known = append(s.known, name)
	setting, isGiven := s.config[name]
	if !isGiven {
		return byDefault
	}
	text, isText := setting.(string)
	if !isText {
		s.fail("%s is a %T, not a string", name, setting)
	}
	return text
}

// number returns a setting that is a whole number, from 0 on. Readers of JSON make a float64 of
// one, and those of YAML an int, int64 or uint64.
func (s *settings) number(name string, byDefault int64) int64 {
	s.known = append(s.known, name)
	setting, isGiven := s.config[name]
	if !isGiven {
		return byDefault
	}
	number, isNumber := wholeNumber(setting)
	if !isNumber {
		s.fail("%s is a %T, not an int", name, setting)
	} else if number < 0 {
		s.fail("%s is less than 0", name)
	}
	return number
}

func wholeNumber(setting any) (number int64, isNumber bool) {
	switch setting := setting.(type) {
	case int:
		return int64(setting), true
	case int64:
		return setting, true
	case uint64:
		return int64(setting), setting <= 1<<62
	case float64:
		return int64(setting), setting == float64(int32(setting))
	default:
		return 0, false
	}
}

// check returns what is wrong, of settings that were all read.
func (s *settings) check() error {
	for _, name := range slices.Sorted(maps.Keys(s.config)) {
		if !slices.Contains(s.known, name) {
			return s.wrong("there is no setting %s", name)
		}
	}
	return s.err
}

// fail keeps the first fault.
func (s *settings) fail(format string, arguments ...any) {
	if s.err == nil {
		s.err = s.wrong(format, arguments...)
	}
}

func (s *settings) wrong(format string, arguments ...any) error {
	message := s.serviceType + ": " + fmt.Sprintf(format, arguments...)
	return &kv.Error{Status: kv.ErrConfig, Message: message}
}
