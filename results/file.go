package results

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Write writes r to path, whole or not at all.
func Write(path string, r *Run) error {
	var b bytes.Buffer
	if err := Encode(&b, r); err != nil {
		return err
	}
	return WriteFile(path, b.Bytes())
}

// WriteFile replaces path by data, whole or not at all: the data is on disk
// under another name before it takes path's place (rename(2)).
func WriteFile(path string, data []byte) (err error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+base+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	if err := writeAndClose(f, data); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writeAndClose(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		// CreateTemp makes files private; a result is for everybody to read.
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
