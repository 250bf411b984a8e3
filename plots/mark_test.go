package plots

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"
)

func TestAMarkIsLabelledWhereThereIsRoomForNeitherSide(t *testing.T) {
	ps := placeMarks([]mark{{at: 60, label: "ports exhausted on the proxy 21.7 s"}},
		func(v float64) vg.Length { return vg.Length(v) }, 0, 180)
	if p := ps[0]; p.from < 0 || p.from+p.width > 180 || !p.above() {
		t.Errorf("the label is from %v to %v of 180, above its line: %t", p.from, p.from+p.width, p.above())
	}
}

func TestEveryMarkIsExplainedOnce(t *testing.T) {
	got := notesOf([]mark{{kind: kneeMark}, {kind: failureMark}, {kind: kneeMark}, {kind: changeMark}})
	want := notes{kneeMark.means(), failureMark.means()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notesOf() (-want +got):\n%s", diff)
	}
}

func TestPlaceMarks(t *testing.T) {
	at := func(xs ...float64) []mark {
		var ms []mark
		for _, x := range xs {
			ms = append(ms, mark{at: x, label: "some label"})
		}
		return ms
	}
	tests := []struct {
		name  string
		marks []mark
		rows  int
	}{
		{"none", nil, 0},
		{"one in the middle", at(250), 1},
		{"one at each end", at(0, 500), 1},
		{"two close together in the middle", at(250, 252), 1},
		{"two close together at the left end", at(0, 3), 2},
		{"two close together at the right end", at(497, 500), 2},
		{"two at the same place", at(250, 250), 1},
		{"three close together", at(248, 250, 252), 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ps := placeMarks(tt.marks, func(v float64) vg.Length { return vg.Length(v) }, 0, 500)
			if got := ps.height() / markLine; got != vg.Length(tt.rows) {
				t.Errorf("labels take %v rows, want %d", got, tt.rows)
			}
			for i, p := range ps {
				if p.from < 0 || p.from+p.width > 500 {
					t.Errorf("label %d is cut off: %v to %v", i, p.from, p.from+p.width)
				}
				if ps[:i].meet(p) {
					t.Errorf("label %d meets another", i)
				}
			}
		})
	}
}
