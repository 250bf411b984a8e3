//go:build !linux

package procfile

import "os"

// Read is os.ReadFile: there is no such file on this system.
func Read(path string) ([]byte, error) { return os.ReadFile(path) }
