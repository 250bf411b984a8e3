package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Sysctls are kernel settings by their dotted name. Only net.* is taken: the
// kernel keeps those per network namespace, so a lab can change them without
// a trace on the host.
type Sysctls map[string]string

// sysctlName is made when there is a name to check: many processes start without one.
var sysctlName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^net(\.[A-Za-z0-9_-]+)+$`)
})

// sysctlSetting makes the repeatable setting KEY=VALUE. Its text form is the
// JSON object that a result file holds.
func sysctlSetting(name, usage string, field *Sysctls) Setting {
	return Setting{
		Name:  name,
		Usage: usage,
		get:   field.String,
		set: func(text string) error {
			if strings.HasPrefix(text, "{") {
				return field.parseObject(text)
			}
			key, value, ok := strings.Cut(text, "=")
			if !ok {
				return fmt.Errorf("%q is not KEY=VALUE, as in net.ipv4.tcp_tw_reuse=1", text)
			}
			return field.put("", key, value)
		},
		none: "{}",
	}
}

func (s *Sysctls) parseObject(text string) error {
	var values map[string]string
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if err := s.put("", key, values[key]); err != nil {
			return err
		}
	}
	return nil
}

// put stores one value, with runs of white space as single spaces, as
// sysctl(8) prints them. A fresh map is made, since workloads are copied.
func (s *Sysctls) put(setting, key, value string) error {
	key = strings.ReplaceAll(strings.TrimSpace(key), "/", ".")
	prefix := ""
	if setting != "" {
		prefix = setting + ": "
	}
	if !sysctlName().MatchString(key) {
		return &sysctlNameError{prefix, key}
	}
	value = strings.Join(strings.Fields(value), " ")
	if value == "" {
		return fmt.Errorf("%s%s has no value", prefix, key)
	}
	next := maps.Clone(*s)
	if next == nil {
		next = Sysctls{}
	}
	next[key] = value
	*s = next
	return nil
}

// sysctlNameError is a key that is not kept per network namespace.
type sysctlNameError struct{ prefix, key string }

func (e *sysctlNameError) Error() string {
	return fmt.Sprintf("%s%q is not a sysctl of a network namespace; those start with net, "+
		"as net.ipv4.tcp_tw_reuse does",
		e.prefix, e.key)
}

// Keys returns the names in order.
func (s Sysctls) Keys() []string { return slices.Sorted(maps.Keys(s)) }

// String returns the values as a JSON object, or nothing when there are none.
func (s *Sysctls) String() string {
	if len(*s) == 0 {
		return ""
	}
	b, _ := json.Marshal(map[string]string(*s)) // strings always marshal
	return string(b)
}
