package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
)

// LockFile is the name of the file that a directory is locked by while it is
// measured into. It says who does; readers leave it alone.
const LockFile = "measuring.lock"

// Lock takes a directory, so that nobody else measures into it, until the
// function that it returns is called or this process ends.
func Lock(dir string) (release func() error, err error) {
	f, err := filelock.Take(filepath.Join(dir, LockFile), 0)
	if err != nil {
		return nil, busy(dir, err)
	}
	// The file goes before the lock does: whoever takes it is not robbed.
	release = func() error { return errors.Join(os.Remove(f.Name()), f.Close()) }
	err = f.Truncate(0)
	if err == nil {
		err = json.NewEncoder(f).Encode(filelock.Self())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), release())
	}
	return release, nil
}

// LockEmpty takes a directory, if mustBeEmpty has nothing against that then: another
// may have been faster, and be over.
func LockEmpty(dir string, mustBeEmpty func(dir string) error) (release func() error, err error) {
	if release, err = Lock(dir); err != nil {
		return nil, err
	}
	if err := mustBeEmpty(dir); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

// Free fails where somebody measures into a directory.
func Free(dir string) error {
	by, err := filelock.Look(filepath.Join(dir, LockFile))
	if err != nil || by == nil {
		return nil // what cannot be read is met again on locking
	}
	return busy(dir, &filelock.HeldError{Path: dir, By: *by})
}

// Empty reports whether a directory has nothing in it, or is not there. What a
// killed sweep leaves before it has begun is nothing.
func Empty(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != LockFile }), err
}

// busy says who has a directory.
func busy(dir string, err error) error {
	var held *filelock.HeldError
	if !errors.As(err, &held) {
		return fmt.Errorf("lock %s: %w", dir, err)
	}
	return fault.Usagef("%v measures into %s; wait until it ends, or choose another directory with --output", held.By,
		dir)
}
