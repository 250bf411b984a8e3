package program

import (
	"errors"
	"fmt"

	"mvdan.cc/sh/v3/shell"
)

// Words splits a command line into words as a shell does, variables included. It is one
// program: the rest of the shell's language is refused.
func Words(line string) ([]string, error) {
	words, err := shell.Fields(line, nil)
	if err != nil {
		return nil, fmt.Errorf("%w; it is one program with its arguments: for more use sh -c '...'", err)
	}
	if len(words) == 0 {
		return nil, errors.New("it is blank; name a program, or leave it out")
	}
	return words, nil
}
