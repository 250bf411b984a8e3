package headroom

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
)

// Held is the column of a bar of what is held.
const Held = "held"

// Table is a row for each pair, and one for all others.
func (v View) Table() prose.Table {
	t := prose.Table{Head: slices.Concat(prose.Words("source", "destination"),
		prose.Numbers("in use", "TIME_WAIT", "free", "/s"), prose.Words(Held, "headroom"))}
	for _, s := range v.Pairs {
		t.Add(s.Source, s.Destination, s.InUse, s.TimeWait, s.Free(), figure.Number(s.PortsPerSecond),
			gauge(s.HeldPercent()), s.Outlook())
	}
	if o := v.Other; o.Pairs > 0 {
		t.Add("", fmt.Sprintf("%d others", o.Pairs), o.InUse, o.TimeWait, "", "", "", "")
	}
	return t
}

// gauge is a bar with a mark at the half, where the knee is.
func gauge(percent int) string {
	const width = 10
	bar := []byte(strings.Repeat(".", width))
	bar[width/2] = '|'
	for i := range min(width*percent/100, width) {
		bar[i] = '#'
	}
	return fmt.Sprintf("%s %3d %%", bar, percent)
}
