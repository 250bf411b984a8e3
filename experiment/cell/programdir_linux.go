package cell

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/scenario"
)

const (
	// programDirPrefix begins the name of a directory for a program's files.
	programDirPrefix = "tcpbench-files-"
	// programDirAge is how old one without an owner is at least: a new one has
	// none for a moment.
	programDirAge = time.Minute
)

// programDir is a directory with files of a lab's program. It is locked while
// the process that made it lives: a lock ends with its process, even if that is
// killed (flock(2)), and so does not take a pid of today for one of yesterday.
type programDir struct {
	path string
	lock *os.File
}

// newProgramDir makes one in dir, and first removes those that killed
// processes left there.
func newProgramDir(dir string) (*programDir, error) {
	sweepProgramDirs(dir, time.Now())
	path, err := os.MkdirTemp(dir, programDirPrefix)
	if err != nil {
		return nil, err
	}
	lock, err := lockDir(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return &programDir{path, lock}, nil
}

// remove removes the directory with all in it, as far as it may.
func (d *programDir) remove() {
	_ = os.RemoveAll(d.path) // in a directory for temporary files
	d.lock.Close()
}

// sweepProgramDirs removes the user's directories in dir that nobody has
// locked. What cannot be removed stays: the next one tries again.
func sweepProgramDirs(dir string, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // making one will say why
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !strings.HasPrefix(e.Name(), programDirPrefix) || !leftBehind(info, now) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		lock, err := lockDir(path)
		if err != nil {
			continue // its owner lives
		}
		(&programDir{path, lock}).remove()
	}
}

// leftBehind reports whether it is an old directory of this user.
func leftBehind(info fs.FileInfo, now time.Time) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && int(stat.Uid) == os.Geteuid() && now.Sub(info.ModTime()) > programDirAge
}

// lockDir takes a directory for this process; an error where another has it.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "flock", Path: path, Err: err}
	}
	return f, nil
}

// writeFiles writes a program's files, with the names in their place, into a
// new directory. Whoever the program becomes may read them.
func writeFiles(names scenario.Names, files scenario.Files) (*programDir, error) {
	d, err := newProgramDir(os.TempDir())
	if err != nil {
		return nil, fmt.Errorf("write files: %w", err)
	}
	if err := fill(d.path, names, files); err != nil {
		d.remove()
		return nil, fmt.Errorf("write files: %w", err)
	}
	return d, nil
}

func fill(dir string, names scenario.Names, files scenario.Files) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	names.Dir = dir
	for _, name := range files.Names() {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(names.In(files[name])), 0o644); err != nil {
			return err
		}
	}
	return nil
}
