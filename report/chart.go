package report

import (
	"fmt"
	"math"

	"tcpbench/internal/figure"
	"tcpbench/metrics"
	"tcpbench/plots"
	"tcpbench/results"
	"tcpbench/scenario"
)

// chart is one picture over time of one run. The units are those of the script's
// figure.js.
type chart struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
	Unit  string `json:"unit"`
	// Linear charts begin at 0; others are logarithmic where values lie far apart.
	Linear bool `json:"linear,omitempty"`
	// Rate tells that it is the one to lay over those of other cells.
	Rate bool `json:"rate,omitempty"`
	// T are points of its own; those of the run where it is absent.
	T      []number `json:"t,omitempty"`
	Lines  []line   `json:"lines"`
	Levels []level  `json:"levels,omitempty"`
	// Band names the two levels between which the law is uncertain.
	Band []string `json:"band,omitempty"`
}

// line is one figure at every point. Steps stand from the point before it.
type line struct {
	Name string   `json:"name"`
	V    []number `json:"v"`
	Hue  int      `json:"hue"`
	Step bool     `json:"step,omitempty"`
}

// level is a line across.
type level struct {
	Name  string `json:"name"`
	Value number `json:"value"`
	Text  string `json:"text"`
	Hue   int    `json:"hue"`
}

// The colours of lines that mean the same everywhere.
const (
	hueMeasured = iota
	hueNever    // what is never exceeded
	hueSafe     // what is safe
	hueHalf
	hueOffered
)

// charts are those that r has figures for, the first one of its speed.
func charts(r *results.Run, s samples) []chart {
	out := []chart{}
	for _, c := range []chart{speed(r, s), times(r, s), ports(r, s), waiting(s), failures(r, s)} {
		if len(c.Lines) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// add appends a line, unless there is nothing to draw.
func (c *chart) add(name string, hue int, v []number, step bool) {
	if len(v) > 0 {
		c.Lines = append(c.Lines, line{Name: name, V: v, Hue: hue, Step: step})
	}
}

// speed is connections per second, or requests where connections carry many, or how many
// are held where that is what they are for.
func speed(r *results.Run, s samples) chart {
	if r.Options.Mode == scenario.ModeIdle {
		c := chart{ID: "held", Title: "Connections held", Unit: "number", Linear: true}
		c.add("open", hueMeasured, s.counts(func(f *metrics.Figures) *int { return f.InFlight }), false)
		return c
	}
	c := chart{ID: "rate", Title: "Connections per second", Unit: "rate", Rate: true, Linear: !r.Options.Rate.IsZero()}
	name := "connections"
	if r.CarriesMany() {
		c.Title, name = "Requests per second", "requests"
	}
	t, v := stepped(plots.Rates(r))
	c.T = t
	c.add(name, hueMeasured, v, true)
	if len(v) == 0 {
		return c
	}
	if plan := planned(r, t); plan != nil {
		c.add("offered", hueOffered, plan, false)
	}
	if !r.CarriesMany() && r.Exhaustion.Elsewhere() == "" {
		c.law(r)
	}
	return c
}

// stepped are steps as points: the ends, the begin of the first, and where steps do not
// follow each other a point without a value between them.
func stepped(steps []plots.Step) (t, v []number) {
	last := math.Inf(-1)
	for _, s := range steps {
		if s.From > last {
			if len(t) > 0 {
				t, v = append(t, number((last+s.From)/2)), append(v, absent())
			}
			t, v = append(t, number(s.From)), append(v, number(s.PerSecond))
		}
		t, v, last = append(t, number(s.To)), append(v, number(s.PerSecond)), s.To
	}
	return t, v
}

// planned is the offered rate of an open loop at each point.
func planned(r *results.Run, t []number) []number {
	rate, end := r.Options.Rate, r.Options.PlannedTime().Seconds()
	if rate.IsZero() || !(end > 0) {
		return nil
	}
	out := make([]number, len(t))
	for i, at := range t {
		out[i] = number(rate.From + (rate.To-rate.From)*min(max(float64(at)/end, 0), 1))
	}
	return out
}

// law marks the rates that are safe and never exceeded, and what is uncertain between.
func (c *chart) law(r *results.Run) {
	p := r.Prediction.Complete()
	if !(p.SustainableCPS > 0) || !plots.Usable(p.SustainableCPS) {
		return
	}
	never := level{"predicted: lasts only for a while above", number(p.SustainableCPS), limit(p.SustainableCPS),
		hueNever}
	c.Levels = append(c.Levels, never)
	if p.SafeCPS > 0 && plots.Usable(p.SafeCPS) && p.SafeCPS < p.SustainableCPS {
		safe := level{"predicted: lasts for ever up to", number(p.SafeCPS), limit(p.SafeCPS), hueSafe}
		c.Levels, c.Band = append(c.Levels, safe), []string{never.Name, safe.Name}
		c.Note = "The band between the two predicted rates is uncertain."
	}
}

// limit is a rate that must not be exceeded.
func limit(perSecond float64) string { return figure.Limit(perSecond) + "/s" }

// times are what connecting and answering took in each interval.
func times(r *results.Run, s samples) chart {
	c := chart{ID: "latency", Title: "Latency", Unit: "us"}
	if !r.CarriesMany() {
		c.Title = "Time to connect"
		c.add("connect p50", 0, s.of(func(f *metrics.Figures) *float64 { return f.ConnectP50US }), true)
		c.add("connect p99", 1, s.of(func(f *metrics.Figures) *float64 { return f.ConnectP99US }), true)
	}
	if r.CarriesMany() || !r.Options.Rate.IsZero() {
		c.Title = "Latency"
		c.add("answer p50", 2, s.of(func(f *metrics.Figures) *float64 { return f.RequestP50US }), true)
		c.add("answer p99", 3, s.of(func(f *metrics.Figures) *float64 { return f.RequestP99US }), true)
		c.add("response p99, from the planned start", 4,
			s.of(func(f *metrics.Figures) *float64 { return f.ResponseP99US }), true)
	}
	return c
}

// ports are those in use against those there are, with the half of them from which on the
// search for one is long, and what the safe rate holds.
func ports(r *results.Run, s samples) chart {
	c := chart{ID: "ports", Title: "Local ports in use", Unit: "number", Linear: true}
	c.add("in use", hueMeasured, s.counts(func(f *metrics.Figures) *int { return f.PortsInUse }), false)
	capacity := 0
	for _, iv := range r.Intervals {
		if iv.PortsCapacity != nil {
			capacity = max(capacity, *iv.PortsCapacity)
		}
	}
	if len(c.Lines) == 0 || capacity == 0 {
		return c
	}
	across := func(name string, ports, hue int) {
		c.Levels = append(c.Levels, level{name, number(ports), fmt.Sprint(ports), hue})
	}
	across("there are", capacity, hueNever)
	if !r.Reconnects() {
		return c // what holds its ports holds no more of them in time
	}
	across("half: from here on the search is long", capacity/2, hueHalf)
	p := r.Prediction.Complete()
	if held := p.SafelyHeld(); held > 0 && held < capacity && r.Exhaustion.Elsewhere() == "" {
		across("safe: what "+limit(p.SafeCPS)+" hold", held, hueSafe)
	}
	return c
}

// waiting is what closed connections leave behind.
func waiting(s samples) chart {
	c := chart{ID: "time-wait", Title: "TIME_WAIT", Unit: "number", Linear: true}
	c.add("in TIME_WAIT", hueMeasured, s.counts(func(f *metrics.Figures) *int { return f.TimeWait }), false)
	c.add("in FIN_WAIT_2", 1, s.counts(func(f *metrics.Figures) *int { return f.FinWait2 }), false)
	return c
}

// mostErrors is how many kinds of failures have a line each.
const mostErrors = 4

// failures are connections that failed, per second, by call and errno; no chart where none
// did. Results of earlier versions do not say what failed when.
func failures(r *results.Run, s samples) chart {
	c := chart{ID: "errors", Title: "Errors", Unit: "rate", Linear: true}
	byErrno := map[string]int64{}
	for _, one := range s {
		for name, n := range one.errors {
			byErrno[name] += n
		}
	}
	for i, name := range metrics.MostFirst(byErrno) {
		if i == mostErrors {
			break
		}
		c.add(name, 1+i, s.each(func(one sample) number { return one.perSecond(name) }), true)
	}
	if r.Totals.Failed > 0 && len(c.Lines) == 0 {
		c.add("failed connections", 1, s.each(func(one sample) number { return one.failures }), true)
	}
	if r.Totals.BadAnswers() > 0 {
		c.add("answers of status 500 and above", 0, s.each(func(one sample) number { return one.serverErrors }), true)
	}
	if len(r.Totals.Errors) > 0 {
		c.Note = "In all: " + errorsText(r.Totals.Errors) + "."
	}
	return c
}

// errorsText names a few kinds of failures, the most frequent first.
func errorsText(errors map[string]int64) string {
	names := metrics.MostFirst(errors)
	text := ""
	for i, name := range names {
		if i == mostErrors {
			return text + fmt.Sprintf(", %d more kinds", len(names)-mostErrors)
		}
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", name, errors[name])
	}
	return text
}
