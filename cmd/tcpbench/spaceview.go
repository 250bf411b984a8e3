package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"tcpbench/host/netns"
	"tcpbench/internal/figure"
)

// spaceScreen are the lines of a screen: those namespaces first whose ports run out first,
// and as many as there is room for.
func spaceScreen(v netns.View, columns, rows int) []string {
	out := []string{v.At.Format(time.TimeOnly) + "  " + figure.Plural(len(v.Spaces), "network namespace"), ""}
	missing := v.Missing()
	const frame = 5 // the first two lines, the head, that of the others, and the last one
	t := v.Table(max(rows-frame-len(missing), 1)).Fit(columns-1, "conntrack", "of", "sockets", "destination")
	out = append(out, strings.Split(t.String(), "\n")...)
	return append(out, missing...)
}

// spaceLines writes a line for each namespace of each view that has sockets, and one for
// the others.
func spaceLines(w io.Writer) func(netns.View) error {
	return func(v netns.View) error {
		var b bytes.Buffer
		at, idle := v.At.UTC().Format(time.RFC3339), 0
		for i := range v.Spaces {
			s := &v.Spaces[i]
			if s.Sockets+s.TimeWaits == 0 {
				idle++
				continue
			}
			fmt.Fprintf(&b, "%s %s %s\n", at, s.Name(), s.Sentence())
		}
		if idle > 0 {
			fmt.Fprintf(&b, "%s %s without a socket\n", at, figure.Plural(idle, "namespace"))
		}
		for _, m := range v.Missing() {
			fmt.Fprintf(&b, "%s %s\n", at, m)
		}
		_, err := w.Write(b.Bytes())
		return err
	}
}
