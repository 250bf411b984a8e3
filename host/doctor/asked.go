package doctor

import (
	"fmt"
	"strings"
)

// Asked is a line that asks for a sysctl.
type Asked struct {
	File  string `json:"file"`
	Line  int    `json:"line"`
	Name  string `json:"name"`
	Value string `json:"value"`

	// Exists tells that this kernel has it, Now its value where that can be
	// read.
	Exists bool   `json:"-"`
	Now    string `json:"-"`
}

// ParseConf reads a file in the form of sysctl.conf(5). It returns what it
// can, and an error for each line that asks for nothing.
func ParseConf(file, text string) ([]Asked, []error) {
	var out []Asked
	var errs []error
	line := 0
	for l := range strings.Lines(text) {
		line++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		l = strings.TrimPrefix(l, "-") // errors are to be ignored
		name, value, ok := strings.Cut(l, "=")
		name = dotted(strings.TrimSpace(name))
		switch {
		case name == "" || !ok && !strings.ContainsAny(name, "*?["):
			errs = append(errs, fmt.Errorf("%s:%d: %q is not NAME = VALUE", file, line, l))
		case strings.ContainsAny(name, "*?["): // a pattern stands for many; none that matters here
		default:
			out = append(out, Asked{File: file, Line: line, Name: name, Value: normal(value)})
		}
	}
	return out, errs
}

// dotted is a sysctl's name with dots between its parts. Where the first
// separator is a slash, slashes separate and dots belong to the parts
// (sysctl.d(5)); a part's own dot is then written as a slash.
func dotted(name string) string {
	i := strings.IndexAny(name, "./")
	if i < 0 || name[i] == '.' {
		return name
	}
	return strings.NewReplacer(".", "/", "/", ".").Replace(strings.TrimPrefix(name, "/"))
}

// normal makes values comparable: the kernel separates fields by tabs.
func normal(s string) string { return strings.Join(strings.Fields(s), " ") }
