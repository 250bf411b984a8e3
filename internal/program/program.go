// Package program reads the command lines of programs that a user names, finds those
// programs, and says what to install where one is missing.
package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"tcpbench/internal/fault"
)

// Find returns the absolute path of a program: of a name that has a slash, from
// the working directory, else from PATH and from where Debian keeps servers,
// which an ordinary user's PATH leaves out. A program that is not there is an
// error of this host, with the package that has it.
func Find(name string) (string, error) {
	if strings.Contains(name, "/") {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", missing(name, err)
		}
		return filepath.Abs(path)
	}
	path, err := exec.LookPath(name)
	for _, dir := range servers() {
		if err == nil {
			break
		}
		if found, sbinErr := exec.LookPath(filepath.Join(dir, name)); sbinErr == nil {
			path, err = found, nil
		} else if found, ok := versioned(dir, name); ok {
			path, err = found, nil
		}
	}
	if err != nil {
		return "", missing(name, err)
	}
	return filepath.Abs(path)
}

// versioned is the last program of a name with a version behind it, as php-fpm8.2.
func versioned(dir, name string) (string, bool) {
	found, _ := filepath.Glob(filepath.Join(dir, name+"[0-9]*")) // its one error is of the pattern
	for _, path := range slices.Backward(found) {
		if path, err := exec.LookPath(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// servers are where Debian keeps servers.
func servers() []string { return []string{"/usr/sbin", "/sbin"} }

// Path is the PATH of a program that was found: with it the program finds
// others, and itself, where Find does. haproxy's master starts itself by name.
func Path() string {
	dirs := append(filepath.SplitList(os.Getenv("PATH")), servers()...)
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// missing says what to do about a program that could not be found, or not be run.
func missing(name string, err error) error {
	if pack, ok := debian(name); ok {
		return fault.Host(fmt.Errorf("there is no program %q here; install it: apt-get install %s", name, pack))
	}
	return fault.Host(fmt.Errorf("there is no program %q here (%w); install it, or name its file", name,
		unwrapped(err)))
}

// unwrapped is what exec has to say, without the name, which was said.
func unwrapped(err error) error {
	if e, ok := err.(*exec.Error); ok {
		return e.Err
	}
	return err
}

// debian is the Debian package that has a program.
func debian(name string) (string, bool) {
	pack, ok := map[string]string{"nginx": "nginx-light", "haproxy": "haproxy", "tcpdump": "tcpdump",
		"python3": "python3", "redis-benchmark": "redis-tools", "redis-cli": "redis-tools",
		"redis-server": "redis-server", "wrk": "wrk", "ab": "apache2-utils", "curl": "curl", "php": "php-cli",
		"php-fpm": "php-fpm"}[name]
	return pack, ok
}
