// Package filelock takes a file for one process. The lock is the kernel's (flock(2))
// and ends with its process, however that ends: what a killed one leaves behind locks
// nobody out. The file's first line says who has it.
//
// Where there are no such locks (Windows, some network file systems), it is taken
// without: two processes can have it, as they could before.
package filelock

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"
)

// Holder is the process that has a file.
type Holder struct {
	PID int `json:"pid,omitempty"`
	// Host is the name of the process's host: pid says nothing on another.
	Host    string   `json:"host,omitempty"`
	Command []string `json:"command,omitempty"`
}

// Self is this process.
func Self() Holder {
	host, _ := os.Hostname() // a host without a name is this one
	return Holder{PID: os.Getpid(), Host: host, Command: os.Args}
}

// String names the process, with its command, and its host where that is another.
func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	s := fmt.Sprintf("process %d", h.PID)
	if host, err := os.Hostname(); err == nil && h.Host != "" && h.Host != host {
		s += " on " + printable(h.Host)
	}
	if len(h.Command) == 0 {
		return s
	}
	words := make([]string, len(h.Command))
	for i, w := range h.Command {
		words[i] = printable(w)
	}
	command := strings.Join(words, " ")
	const most = 300
	if len(command) > most {
		command = strings.ToValidUTF8(command[:most], "") + " ..."
	}
	return s + " (" + command + ")"
}

// printable quotes a word that would not read as one, or would move a cursor: a
// file can hold anything.
func printable(word string) string {
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '"' }
	if word == "" || strings.ContainsFunc(word, odd) {
		return strconv.Quote(word)
	}
	return word
}

// HeldError is a file that another process has.
type HeldError struct {
	Path string
	By   Holder
}

func (e *HeldError) Error() string { return fmt.Sprintf("%s is held by %v", e.Path, e.By) }

// Take opens or makes the file at path and takes it. flag is added to those of
// os.OpenFile. The file keeps what is in it: who takes it writes who it is, with
// [Holder] in the first line's JSON. The error is a [HeldError] where another
// process has it.
func Take(path string, flag int) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|flag, 0o644)
		if err != nil {
			return nil, err
		}
		if err := lock(f); err != nil {
			return nil, errors.Join(refusal(path, err), f.Close())
		}
		if here(path, f) {
			return f, nil
		}
		f.Close() // the one before removed it in the meantime: the next has another
	}
}

// refusal is a HeldError for a lock that another process has.
func refusal(path string, err error) error {
	if !errors.Is(err, errHeld) {
		return fmt.Errorf("lock %s: %w", path, err)
	}
	return &HeldError{path, readHolder(path)}
}

// Look reports who has the file at path; nil where nobody has, or there is none.
func Look(path string) (*Holder, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := look(f); !errors.Is(err, errHeld) {
		return nil, err
	}
	h := readHolder(path)
	return &h, nil
}

// here reports whether path still is the file f.
func here(path string, f *os.File) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// readHolder is who the first line says (JSON); nobody where it has not been written.
func readHolder(path string) Holder {
	var h Holder
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer f.Close()
	const longest = 1 << 20
	_ = json.NewDecoder(io.LimitReader(f, longest)).Decode(&h) // nobody, then
	return h
}

// errHeld is a lock that another open file has.
var errHeld = errors.New("held by another process")
