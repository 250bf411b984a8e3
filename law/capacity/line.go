package capacity

import "fmt"

// Line is a kernel setting and its value.
type Line struct{ Name, Value string }

// String is a line of a sysctl.conf(5).
func (l Line) String() string { return l.Name + " = " + l.Value }

// SysctlChanges are what makes of from what to is, as far as sysctls can.
func SysctlChanges(from, to Settings) []Line {
	var out []Line
	set := func(differs bool, name string, value any) {
		if differs {
			out = append(out, Line{name, fmt.Sprint(value)})
		}
	}
	set(from.Reuse != to.Reuse, sysctlReuse, to.Reuse)
	set(from.Timestamps != to.Timestamps, sysctlTimestamps, 1)
	set(to.Reuses() && from.ReuseDelay != to.ReuseDelay, sysctlReuseDelay, to.ReuseDelay.Milliseconds())
	set(from.Ports != to.Ports, sysctlRange, fmt.Sprintf("%d %d", widestLo, widestHi))
	return out
}

// sysctlLines are the changes as lines.
func sysctlLines(from, to Settings) []string {
	var lines []string
	for _, s := range SysctlChanges(from, to) {
		lines = append(lines, s.String())
	}
	return lines
}
