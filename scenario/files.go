package scenario

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Files are what a program of a lab reads, contents by name. They are written
// into a directory of their own, for which FilesDir stands.
type Files map[string]string

// MaxFile bounds one file's content, in bytes.
const MaxFile = 1 << 20

// Names are the files' names in order.
func (f Files) Names() []string { return slices.Sorted(maps.Keys(f)) }

// containsFunc reports whether has holds for any content.
func (f Files) containsFunc(has func(string) bool) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(f)), has)
}

func (f Files) with(r *strings.Replacer) Files {
	out := maps.Clone(f)
	for name, text := range out {
		out[name] = r.Replace(text)
	}
	return out
}

// problems are what is wrong with names and sizes.
func (f Files) problems() []error {
	var errs []error
	for _, name := range f.Names() {
		if name == "." || strings.ContainsRune(name, '/') || strings.ContainsRune(name, 0) || !filepath.IsLocal(name) {
			errs = append(errs, fmt.Errorf("files: %q is not the name of a file in one directory; "+
				"leave out what comes before "+
				"the last /", name))
		}
		if n := len(f[name]); n > MaxFile {
			errs = append(errs, fmt.Errorf("files: %s has %d bytes, more than %d; name it in the command instead", name,
				n,
				MaxFile))
		}
	}
	return errs
}
