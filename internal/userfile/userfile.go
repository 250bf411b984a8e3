// Package userfile reads files that a user names, which may be anything: a directory, a
// device that never ends, a file larger than memory.
package userfile

import (
	"fmt"
	"io"
	"os"
)

// Read returns what a regular file has, of at most so many bytes. The error names the file.
func Read(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: to open a pipe waits for its other end
	if err != nil {
		return nil, err // names call, path and cause
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", path, info.Size(), most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1)) // of /proc the size is not known beforehand
	if err == nil && int64(len(b)) > most {
		return nil, fmt.Errorf("%s has more than %d bytes", path, most)
	}
	return b, err
}
