package sweep

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"tcpbench/internal/fault"
	"tcpbench/internal/filelock"
)

// Lock takes a directory, so that nobody else measures into it, until the
// function that it returns is called or this process ends.
func Lock(dir string) (release func() error, err error) {
	if release, err = filelock.TakeDir(dir); err != nil {
		return nil, busy(dir, err)
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
	by, err := filelock.Look(filepath.Join(dir, filelock.DirFile))
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
	return !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() != filelock.DirFile }), err
}

// busy says who has a directory.
func busy(dir string, err error) error {
	var held *filelock.HeldError
	if !errors.As(err, &held) {
		return err
	}
	return fault.Usagef("%v measures into %s; wait until it ends, or choose another directory with --output", held.By,
		dir)
}
