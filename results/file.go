package results

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

// WriteFile replaces path by data, whole or not at all: see [WriteStream].
func WriteFile(path string, data []byte) error {
	return WriteStream(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// WriteStream replaces path by what write writes, whole or not at all: it is on disk
// under another name before it takes path's place (rename(2)), and removed where write
// fails. A symbolic link is followed, and what is no regular file, as /dev/stdout or a FIFO,
// is written to and never replaced.
func WriteStream(path string, write func(io.Writer) error) (err error) {
	path = followed(path)
	if !Replaceable(path) {
		return writeInto(path, write)
	}
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
	if err := writeAndClose(f, write); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// followed is where a symbolic link leads, also when nothing is there yet;
// any other path stays.
func followed(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path)
	if err != nil {
		return path
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target
}

// Replaceable reports whether path is a regular file, or none yet.
func Replaceable(path string) bool {
	info, err := os.Stat(path)
	return err != nil || info.Mode().IsRegular()
}

func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func writeAndClose(f *os.File, write func(io.Writer) error) error {
	err := write(f)
	if err == nil {
		// CreateTemp makes files private; a result is for everybody to read.
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
