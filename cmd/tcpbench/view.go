package main

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/headroom"
)

// textLines writes a line for each pair of each view, and one for the others.
func textLines(w io.Writer) func(headroom.View) error {
	return func(v headroom.View) error {
		var b bytes.Buffer
		at := v.At.UTC().Format(time.RFC3339)
		for _, s := range v.Pairs {
			fmt.Fprintf(&b, "%s %s -> %s in use %d of %d, TIME_WAIT %d, %s/s: %s\n",
				at, s.Source, s.Destination, s.InUse, s.Capacity, s.TimeWait, figure.Number(s.PortsPerSecond),
				s.Outlook())
		}
		switch o := v.Other; {
		case o.Pairs > 0:
			fmt.Fprintf(&b, "%s %d others in use %d, TIME_WAIT %d\n", at, o.Pairs, o.InUse, o.TimeWait)
		case len(v.Pairs) == 0:
			fmt.Fprintf(&b, "%s no local port of %s is in use\n", at, v.Ports())
		}
		_, err := w.Write(b.Bytes())
		return err
	}
}
