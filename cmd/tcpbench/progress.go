package main

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"tcpbench/experiment/cell"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/report/live"
	"tcpbench/results"
	"tcpbench/scenario"
)

// How `run` and `sweep` show how they go, as --progress says.
const (
	progressAuto  = "auto"
	progressPlain = "plain"
	progressNone  = "none"
)

// showing is how a command shows what it measures, and how that goes.
type showing struct {
	format, progress *word
	metrics          metricsFlag
}

func newShowing() *showing { return &showing{format: textOrJSON(), progress: newProgressFlag()} }

func (s *showing) add(flags *pflag.FlagSet) {
	flags.Var(s.format, "format", formatUsage(s.format.words...))
	flags.Var(s.progress, "progress", progressUsage)
	s.metrics.add(flags)
}

func newProgressFlag() *word { return newWord(progressAuto, progressPlain, progressNone) }

const progressUsage = "how it goes, on stderr: `auto|plain|none`; auto is a view on a terminal, where q ends and " +
	"saves, and else plain: a line for each interval, and for each 10s of what takes longer than a minute"

// progress is the state that a display shows.
type progress struct {
	total, done          int
	index                int
	name                 string
	workload             scenario.Workload
	left                 []scenario.Cell // with the current one
	track                *live.Track     // of the current one; nil before the first
	started, cellStarted time.Time
	sweep                bool // whether cells are counted
	ending               bool // somebody has asked for the end
}

func (p *progress) begin(i int, c scenario.Cell, law *capacity.Settings, now time.Time) {
	p.index, p.name, p.workload = i, c.Title, c.Workload
	p.track = live.NewTrack(c.Workload, law)
	p.cellStarted = now
}

func (p *progress) interval(iv metrics.Interval) { p.track.Add(iv) }

// end is the line that tells how a cell ended.
func (p *progress) end(i int, r *results.Run, err error, now time.Time) string {
	p.done++
	if len(p.left) > 0 {
		p.left = p.left[1:]
	}
	took := now.Sub(p.cellStarted).Round(100 * time.Millisecond)
	head := fmt.Sprintf("%s %s", p.number(i), p.name)
	if err != nil {
		return fmt.Sprintf("%s: failed after %s: %v", head, took, err)
	}
	return fmt.Sprintf("%s: %s, %s", head, shortOutcome(r), took)
}

// number is that of a cell: "[ 2/16]".
func (p *progress) number(i int) string {
	return fmt.Sprintf("[%*d/%d]", len(fmt.Sprint(p.total)), i+1, p.total)
}

// lawOf is the law of the ports of a cell: in a lab of all of it; else but for its targets, of
// which the intervals say what they have. Of the hosts of a fleet it knows none but the
// kernel's defaults. nil where it is not known.
func (s streams) lawOf(c cell.Spec) *capacity.Settings {
	sysctls, here := capacity.DefaultSysctls(), s.kernel != nil && s.kernel.fleet == nil
	if here && !c.Lab() {
		sysctls = s.kernel.sysctls()
	}
	of := cell.LawOutside
	if c.Lab() {
		of = cell.Law
	}
	law, err := of(c, sysctls)
	if err != nil {
		return nil // whoever measures it reports why
	}
	if here {
		law = law.On(s.kernel.hz(), s.kernel.name())
	}
	return &law
}

// frame is what is to be seen now.
func (p *progress) frame(now time.Time) live.Frame {
	f := live.Frame{Title: p.name, Elapsed: now.Sub(p.cellStarted), Track: p.track, Left: p.cellLeft(now)}
	if total := p.workload.PlannedTime(); total > 0 {
		f.Total = p.workload.Warmup + total
		f.Elapsed = min(f.Elapsed, f.Total) // a process has to start and to end
	}
	if p.sweep {
		f.Title = p.number(p.index) + " " + p.name
		f.Sweep = &live.Sweep{Done: p.done, Total: p.total, Elapsed: now.Sub(p.started), Left: p.timeLeft(now)}
	}
	return f
}
