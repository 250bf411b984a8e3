package filelock

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// DirFile is the name of the file that a directory is taken by while it is
// measured into. It says who does; readers leave it alone.
const DirFile = "measuring.lock"

// TakeDir takes a directory until the function that it returns is called or
// this process ends. The error is a [HeldError] where another process has it.
func TakeDir(dir string) (release func() error, err error) {
	f, err := Take(filepath.Join(dir, DirFile), 0)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	// The file goes before the lock does: whoever takes it is not robbed.
	release = func() error { return errors.Join(os.Remove(f.Name()), f.Close()) }
	err = f.Truncate(0)
	if err == nil {
		err = json.NewEncoder(f).Encode(Self())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), release())
	}
	return release, nil
}
