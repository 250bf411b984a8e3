package view

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// doubtText names the figures that are in part the generator's own.
func doubtText(runs []*results.Run) string {
	var parts []string
	for i, r := range runs {
		if doubt := r.Doubt(); doubt != "" {
			parts = append(parts, fmt.Sprintf("%s (%s)", results.CellLabels(runs)[i], doubt))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("In part the generator's own, and not the target's alone: %s.", prose.List(parts))
}

// Worst returns the index of the cell to mend first: of those that ran out of
// ports, the one with the most ports, since its settings are the least
// contrived; false if none ran out.
func Worst(runs []*results.Run) (int, bool) {
	worst, most := 0, 0
	for _, i := range withOutcome(runs, string(exhaustion.Exhausted)) {
		if n := runs[i].Prediction.Ports; n > most && len(runs[i].Verdict.Remedies) > 0 {
			worst, most = i, n
		}
	}
	return worst, most > 0
}

// withOutcome are the indices of the runs that ended so.
func withOutcome(runs []*results.Run, want string) []int {
	var out []int
	for i, r := range runs {
		if Outcome(r) == want {
			out = append(out, i)
		}
	}
	return out
}

func outcomesText(runs []*results.Run) string {
	var parts []string
	for _, o := range []struct{ outcome, text string }{
		{string(exhaustion.Exhausted), "ran out of local ports"},
		{string(exhaustion.Sustained), "sustained their load"},
		{string(exhaustion.Undecided), "ended before ports ran out or were proved to last"},
		{done, "ran as long as asked"},
		{failed, "failed"},
		{degraded, "were degraded, since agents were lost"},
		{"", "were not judged"},
		{results.WithoutResult, results.WithoutResult},
		{results.GoesOn, "go on"},
	} {
		if n := len(withOutcome(runs, o.outcome)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, o.text))
		}
	}
	return fmt.Sprintf("Of %s, %s.", figure.Plural(int64(len(runs)), noun(runs)), prose.List(parts))
}

// exhaustedText compares the failures with the law.
func exhaustedText(runs []*results.Run) string {
	var after []float64
	exact := 0
	failures := map[string]bool{}
	for _, i := range withOutcome(runs, string(exhaustion.Exhausted)) {
		f := runs[i].Exhaustion
		failures[howItFailed(f)] = true
		if f.AfterConnections == nil {
			continue
		}
		after = append(after, float64(*f.AfterConnections))
		if asPredicted(runs[i]) {
			exact++
		}
	}
	if len(after) == 0 {
		return ""
	}
	how := fmt.Sprintf("in %d of %d cases exactly as many as predicted", exact, len(after))
	if exact == len(after) {
		how = "exactly as many as predicted"
	}
	return fmt.Sprintf("Where ports ran out, %s after %s connections, %s.", strings.Join(sorted(failures), " or "),
		between(after, figure.Number), how)
}

// asPredicted reports whether as many connections found a port as the law says: one of
// the numbers that it has for an odd range, and ports that were held as it expects.
func asPredicted(r *results.Run) bool {
	law := r.Prediction.Complete()
	return r.Exhaustion.HeldAs(r.Options.ServerClosing().KeepsOpen, r.Options.Concurrency, law.ConnectionsAtLeast) &&
		r.Prediction.AsPredicted(*r.Exhaustion.AfterConnections)
}

// howItFailed is what showed that ports had run out, and where.
func howItFailed(f *exhaustion.Finding) string {
	if f.Errno == "" && f.Elsewhere() == "" {
		return "no port was free"
	}
	if f.Errno == "" {
		return "errors came" + f.OnHost()
	}
	return f.Call + "(2) failed with " + f.Errno + f.OnHost()
}

// kneeText tells the deepest fall, which comes before a failure where there is one.
func kneeText(runs []*results.Run) string {
	found, first := 0, "the knee came first"
	var deepest *exhaustion.Knee
	for _, r := range runs {
		k := r.Knee()
		if k == nil {
			continue
		}
		if found++; !r.Exhaustion.Exhausted {
			first = "there was a knee"
		}
		if deepest == nil || fall(k) > fall(deepest) {
			deepest = k
		}
	}
	if found == 0 {
		return ""
	}
	s := fmt.Sprintf("In %s %s", figure.Plural(int64(found), noun(runs)), first)
	if deepest.Occupancy != nil {
		s += fmt.Sprintf(", at %s of the ports in use", figure.AboutPercent(*deepest.Occupancy))
	}
	var changes []string
	if before, after, what := deepest.Cost(); what != "" {
		changes = append(changes, fmt.Sprintf("%s went from %s to %s", what, figure.Micros(before),
			figure.Micros(after)))
	}
	if f := fall(deepest); f > 0 {
		changes = append(changes, fmt.Sprintf("throughput fell %s-fold, from %s/s to %s/s",
			figure.About(f), figure.Number(*deepest.RateBefore), figure.Number(*deepest.RateAfter)))
	}
	if len(changes) > 0 {
		s += ": " + prose.List(changes)
	}
	return s + "."
}

// noun is what a run is called: a cell, unless some are repeats of others.
func noun(runs []*results.Run) string {
	if repeated(runs) {
		return "run"
	}
	return "cell"
}

// fall is how many times lower throughput is after the knee; 0 when that was
// not measured.
func fall(k *exhaustion.Knee) float64 {
	if k.RateBefore == nil || k.RateAfter == nil || *k.RateAfter <= 0 {
		return 0
	}
	return *k.RateBefore / *k.RateAfter
}

// sustainedText names settings that sustained wherever they were set, and the
// other runs that did.
func sustainedText(runs []*results.Run, labels []string) string {
	rest := withOutcome(runs, string(exhaustion.Sustained))
	if len(rest) == 0 {
		return ""
	}
	if len(rest) == len(runs) {
		return "They sustained " + rates(runs, rest) + "."
	}
	var parts []string
	names, values := results.CellSettings(runs)
	for k, name := range names {
		for _, v := range distinct(values, k) {
			with := having(values, k, v)
			if len(with) < 2 || !subset(with, rest) {
				continue
			}
			parts = append(parts, fmt.Sprintf("every %s with %s=%s (%s)", noun(runs), name, v, rates(runs, with)))
			rest = slices.DeleteFunc(rest, func(i int) bool { return slices.Contains(with, i) })
		}
	}
	const most = 4
	for n, i := range rest {
		if n == most && len(rest) > most+1 {
			parts = append(parts, fmt.Sprintf("%d more", len(rest)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%s (%s)", labels[i], speed(runs[i])))
	}
	return "Sustained were " + prose.List(parts) + "."
}

// rates are what runs came to in a second: requests where the connections of
// all of them carry many.
func rates(runs []*results.Run, which []int) string {
	var connections, requests []float64
	for _, i := range which {
		connections = append(connections, runs[i].Rates.ConnectionsPerSecond)
		if runs[i].CarriesMany() {
			requests = append(requests, runs[i].Rates.RequestsPerSecond)
		}
	}
	if len(requests) == len(which) {
		return between(requests, figure.Number) + " requests/s"
	}
	return between(connections, figure.Number) + " connections/s"
}

// distinct are the values of column k, in the order they appear.
func distinct(values [][]string, k int) []string {
	var out []string
	for _, row := range values {
		if !slices.Contains(out, row[k]) {
			out = append(out, row[k])
		}
	}
	return out
}

// having are the indices of the rows that have v in column k.
func having(values [][]string, k int, v string) []int {
	var out []int
	for i, row := range values {
		if row[k] == v {
			out = append(out, i)
		}
	}
	return out
}

func subset(of, all []int) bool {
	return !slices.ContainsFunc(of, func(i int) bool { return !slices.Contains(all, i) })
}

func sorted(set map[string]bool) []string {
	var out []string
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// between prints one value, or the least and the greatest.
func between(vs []float64, format func(float64) string) string {
	from, to := format(slices.Min(vs)), format(slices.Max(vs))
	if from == to {
		return from
	}
	return fmt.Sprintf("%s to %s", from, to)
}
