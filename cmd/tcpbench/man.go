//go:build man

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra/doc"
)

// Built with the tag man, this program writes the man pages of all commands into the
// directory that it is given: what makes them stays out of the one that is shipped.
func main() {
	if err := writeManPages(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writeManPages(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("write man pages: want one directory, got %q", args)
	}
	if err := os.MkdirAll(args[0], 0o755); err != nil {
		return fmt.Errorf("write man pages: %w", err)
	}
	root := newRoot(streams{strings.NewReader(""), io.Discard, io.Discard, nil})
	root.DisableAutoGenTag = true
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "tcpbench"}, args[0])
}
