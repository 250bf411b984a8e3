package http1

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// field is one header field of a request.
type field struct{ name, value string }

func (f field) String() string { return f.name + ": " + f.value }

func (f field) append(b []byte) []byte { return fmt.Appendf(b, "%s\r\n", f) }

// is reports whether f has this name, in any case.
func (f field) is(name string) bool { return strings.EqualFold(f.name, name) }

// lists reports whether one element of f's comma-separated value is this one,
// in any case.
func (f field) lists(element string) bool {
	for e := range strings.SplitSeq(f.value, ",") {
		if strings.EqualFold(strings.Trim(e, " \t"), element) {
			return true
		}
	}
	return false
}

// find returns the index of the first field of this name, or -1.
func find(fields []field, name string) int {
	return slices.IndexFunc(fields, func(f field) bool { return f.is(name) })
}

// parseFields reads "Name: value" lines, or says all that is wrong with them.
func parseFields(lines []string) ([]field, error) {
	var fields []field
	var errs []error
	for _, line := range lines {
		f, err := parseField(line)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		fields = append(fields, f)
	}
	return fields, errors.Join(errs...)
}

func parseField(line string) (field, error) {
	name, value, ok := strings.Cut(line, ":")
	value = strings.Trim(value, " \t")
	switch {
	case !ok:
		return field{}, fmt.Errorf("header %q: there is no colon; write it as 'Name: value'", line)
	case !isToken(name):
		return field{}, fmt.Errorf("header %q: the name %q may have letters, digits and hyphens only, "+
			"and no space before "+
			"the colon", line, name)
	case !isText([]byte(value)):
		return field{}, fmt.Errorf("header %q: the value has a line break, "+
			"NUL or another control character; leave it out",
			line)
	}
	return field{name, value}, nil
}

// isToken reports whether s is one or more tchar (RFC 9110, 5.6.2).
func isToken(s string) bool { return len(s) > 0 && tokenLen([]byte(s)) == len(s) }
