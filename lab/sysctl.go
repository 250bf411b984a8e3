package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"tcpbench/internal/fault"
	"tcpbench/internal/procfile"
	"tcpbench/internal/suggest"
)

// ErrUnknownSysctl is a name that this kernel does not have.
var ErrUnknownSysctl = errors.New("unknown sysctl")

const procSys = "/proc/sys"

// Sysctls sets kernel settings of the calling process's network namespace and
// reads each back: what the kernel did not take as it was given is an error.
func Sysctls(values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := setSysctl(name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

// knownSysctls sets those that this kernel has.
func knownSysctls(values map[string]string) error {
	for name, value := range values {
		if err := setSysctl(name, value); err != nil && !errors.Is(err, ErrUnknownSysctl) {
			return err
		}
	}
	return nil
}

func setSysctl(name, value string) error {
	path := sysctlPath(name)
	err := os.WriteFile(path, []byte(value), 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Usage(unknownSysctl(name))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.Host(fmt.Errorf("set sysctl %s: read-only here: the kernel has one value of it for the "+
			"whole host, or "+
			"/proc/sys is mounted read-only, as in a container; leave it out, or run where /proc/sys can "+
			"be written (%w)", name,
			err))
	case err != nil:
		return fault.Usage(fmt.Errorf("set sysctl %s to %q: the kernel refuses the value: %w", name, value, err))
	}
	got, err := Sysctl(name)
	if err != nil {
		return err
	}
	if got != normal(value) {
		return fault.Usage(fmt.Errorf("set sysctl %s to %q: the kernel made %q of it", name, value, got))
	}
	return nil
}

// Sysctl reads a kernel setting, with single spaces between its fields.
func Sysctl(name string) (string, error) {
	b, err := procfile.Read(sysctlPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", unknownSysctl(name)
	}
	if err != nil {
		return "", fmt.Errorf("read sysctl %s: %w", name, err)
	}
	return normal(string(b)), nil
}

// SysctlValues reads those settings that this kernel has, and this process may.
func SysctlValues(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if b, err := procfile.Read(sysctlPath(name)); err == nil { // [Sysctl] looks for the nearest name
			out[name] = normal(string(b))
		}
	}
	return out
}

// unknownSysctl names the setting next to name in its directory.
func unknownSysctl(name string) error {
	dir, base := filepath.Split(sysctlPath(name))
	var siblings []string
	entries, _ := os.ReadDir(dir) // no directory, no suggestion
	for _, e := range entries {
		siblings = append(siblings, e.Name())
	}
	hint := "; this kernel does not have it"
	if near, ok := suggest.Nearest(base, siblings); ok {
		prefix := name[:len(name)-len(base)]
		hint = fmt.Sprintf("; did you mean %s%s?", prefix, near)
	}
	return fmt.Errorf("%w %s%s", ErrUnknownSysctl, name, hint)
}

func sysctlPath(name string) string {
	return filepath.Join(procSys, strings.ReplaceAll(name, ".", "/"))
}

// normal makes values comparable: the kernel separates fields by tabs.
func normal(s string) string { return strings.Join(strings.Fields(s), " ") }
