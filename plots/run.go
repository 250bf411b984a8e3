package plots

import (
	"errors"
	"fmt"
	"strings"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// ForRun returns the pictures of one run, without those whose data was not
// measured. With an error, which is a histogram that cannot be decoded, it
// returns the others.
func ForRun(r *results.Run) ([]Picture, error) {
	var pics []Picture
	var errs []error
	for _, draw := range []func(*results.Run) (Picture, bool, error){ratePicture, heldPicture, loadPicture,
		latencyPicture, heatPicture, deadPicture, costPicture, portsPicture, hostsPicture} {
		p, ok, err := draw(r)
		if ok {
			pics = append(pics, p)
		}
		errs = append(errs, err)
	}
	return pics, errors.Join(errs...)
}

// about is the run's cell, for the heading, with the figures that are in part
// the generator's own.
func about(r *results.Run) string {
	cell := r.CellLabel()
	if c := r.CutOff; c != nil {
		cell = strings.TrimLeft(cell+" ("+c.Why()+": up to "+figure.Seconds(r.DurationS)+")", " ")
	}
	if doubt := r.Doubt(); doubt != "" {
		return strings.TrimLeft(cell+" (in part the generator's own: "+firstOf(doubt)+")", " ")
	}
	return cell
}

// firstOf has as many names of a list as there is room for, and how many more there are.
func firstOf(list string) string {
	const room = 3
	names := strings.Split(list, ", ")
	if len(names) <= room+1 {
		return list
	}
	return fmt.Sprintf("%s and %d more figures", strings.Join(names[:room], ", "), len(names)-room)
}

// timeMarks are the cut of the link, the knee, the failure and the recovery on
// an axis of time.
func timeMarks(r *results.Run, x axis) []mark {
	var marks []mark
	add := func(at float64, label string, kind markKind) {
		if Usable(at) && x.contains(at) {
			marks = append(marks, mark{at, label + " " + figure.Seconds(at), kind})
		}
	}
	if at, ok := r.CutAtS(); ok {
		add(at, "link cut", cutMark)
	}
	f := r.Exhaustion
	if f == nil {
		return marks
	}
	if k := r.Knee(); k != nil {
		add(*k.AfterSeconds, "knee", kneeMark)
	}
	if f.Exhausted && f.AfterSeconds != nil {
		add(*f.AfterSeconds, "ports exhausted"+f.OnHost(), failureMark)
		if f.RecoveredAfterSeconds != nil {
			add(*f.AfterSeconds+*f.RecoveredAfterSeconds, "recovered", recoveryMark)
		}
	}
	return marks
}

// kneeRates is the fall of throughput at the knee, where it was measured.
func kneeRates(k *exhaustion.Knee) (before, after float64, ok bool) {
	if k == nil || k.RateBefore == nil || k.RateAfter == nil {
		return 0, 0, false
	}
	return *k.RateBefore, *k.RateAfter, true
}
