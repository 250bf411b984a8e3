package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"tcpbench/internal/prose"
	"tcpbench/metrics"
	"tcpbench/results"
)

// ErrNoLatency tells that no run has the latencies that were asked for.
var ErrNoLatency = errors.New("no result has latencies")

// WriteHLog writes the latencies of runs as an interval log of HdrHistogram, version 1.3,
// with a tag for each phase; of several runs with their number before it. A phase is as
// fine as the result has it: a line an interval, or one line for the run.
func WriteHLog(w io.Writer, runs []Named) error {
	out := bufio.NewWriter(w)
	base := 0.0
	if len(runs) > 0 {
		base = runs[0].since(0)
	}
	fmt.Fprintln(out, "#[Logged with tcpbench]")
	fmt.Fprintln(out, "#[Histogram log format version 1.3]")
	at := time.UnixMilli(int64(base * 1e3)).UTC().Format(time.RFC3339)
	fmt.Fprintf(out, "#[StartTime: %.3f (seconds since epoch), %s]\n", base, at)
	fmt.Fprintf(out, "#[BaseTime: %.3f (seconds since epoch)]\n", base)
	logs := make([]hlog, len(runs))
	for i, n := range runs {
		logs[i] = hlog{Named: n, base: base, alone: len(runs) == 1, number: i + 1}
		logs[i].comment(out)
	}
	fmt.Fprintln(out, `"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"`)
	written := 0
	for _, l := range logs {
		n, err := l.write(out)
		if err != nil {
			return fmt.Errorf("write histogram log: %s: %w", l.about(), err)
		}
		written += n
	}
	if written == 0 {
		return fmt.Errorf("write histogram log: %w", ErrNoLatency)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write histogram log: %w", err)
	}
	return nil
}

// hlog is a run in a log that begins at a time in seconds since the epoch.
type hlog struct {
	Named
	base   float64
	alone  bool
	number int
}

// tag names a phase. A tag has no comma and no space, so a run is its number in it.
func (l hlog) tag(phase string) string {
	if l.alone {
		return phase
	}
	return strconv.Itoa(l.number) + "." + phase
}

// comment says what the log has of the run.
func (l hlog) comment(out *bufio.Writer) {
	fine := "one histogram for the run: it has none of its intervals"
	if l.hasIntervals() {
		fine = "connect, request and response a histogram an interval, right to 1 %; the others one for the run"
	}
	fmt.Fprintf(out, "#[%s: %s; times in ns]\n", l.tag("*"), prose.Printable(l.about()+": "+fine))
}

func (l hlog) hasIntervals() bool {
	for _, iv := range l.Run.Intervals {
		for _, key := range results.PhaseKeys() {
			if iv.HDR(key) != "" {
				return true
			}
		}
	}
	return false
}

// write returns how many histograms it wrote.
func (l hlog) write(out *bufio.Writer) (int, error) {
	n := 0
	fine := map[string]bool{}
	for _, iv := range l.Run.Intervals {
		for _, key := range results.PhaseKeys() {
			text := iv.HDR(key)
			if text == "" {
				continue
			}
			fine[key] = true
			if err := l.line(out, key, max(iv.TS-iv.LengthS, 0), iv.LengthS, text); err != nil {
				return n, err
			}
			n++
		}
	}
	for _, key := range results.PhaseKeys() {
		s := l.Run.Latency.Phase(key)
		if fine[key] || s == nil || s.HDR == "" {
			continue
		}
		if err := l.line(out, key, 0, l.Run.DurationS+l.Run.DrainS, s.HDR); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// line is one histogram, of so many seconds from a time of the run on.
func (l hlog) line(out *bufio.Writer, key string, from, length float64, text string) error {
	h, err := metrics.DecodeHDR(text)
	if err != nil {
		return fmt.Errorf("%s: %w", results.PhaseName(key), err)
	}
	const inMilliseconds = 1e3
	_, err = fmt.Fprintf(out, "Tag=%s,%.3f,%.3f,%.6f,%s\n", l.tag(key), l.since(from)-l.base, length,
		h.Percentile(100).Seconds()*inMilliseconds, text)
	return err
}
