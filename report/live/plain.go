package live

import (
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
)

// Plain is the line of an interval that ended last, or of several that were joined, where
// nothing can be redrawn: "12 s  14250 conn/s, ports 14116 of 28232 (50 %, out in 1 s)".
func (t *Track) Plain(iv metrics.Interval) string {
	parts := append([]string{t.pace(iv)}, waiting(iv)...)
	if p, ok := t.ports(); ok {
		s := "ports " + p.text()
		if f, ok := t.Forecast(); ok {
			s += ", " + f.Outlook()
		}
		parts = append(parts, s+")")
	}
	if name, p, ok := t.between(); ok {
		parts = append(parts, name+"'s ports "+p.text()+")")
	}
	if l := t.latencies(iv); l != "" {
		parts = append(parts, l)
	}
	if failed := kinds(iv.Errors); len(failed) > 0 {
		parts = append(parts, "failed: "+strings.Join(failed, ", "))
	} else if iv.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", iv.Failed))
	}
	return fmt.Sprintf("%s  %s", figure.Seconds(figure.Round(iv.TS, 3)), strings.Join(parts, ", "))
}

// waiting is how many closed connections of the host wait, if that was counted. The kernel
// counts those in FIN_WAIT_2 as TIME_WAITs.
func waiting(iv metrics.Interval) []string {
	switch {
	case iv.TimeWait == nil:
		return nil
	case iv.FinWait2 != nil && *iv.FinWait2 > 0:
		return []string{fmt.Sprintf("TIME_WAIT or FIN_WAIT_2 %d", *iv.TimeWait)}
	}
	return []string{fmt.Sprintf("TIME_WAIT %d", *iv.TimeWait)}
}
