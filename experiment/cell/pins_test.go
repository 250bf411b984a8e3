package cell

import (
	"slices"
	"testing"

	"tcpbench/internal/machine"
)

// onCores are processors from number 0 on, of the cores that are named.
func onCores(names ...string) []machine.Processor {
	var out []machine.Processor
	for i, name := range names {
		out = append(out, machine.Processor{Number: i, Core: name})
	}
	return out
}

func TestPins(t *testing.T) {
	four := onCores("0", "1", "2", "3")
	tests := []struct {
		name            string
		all             []machine.Processor
		usable          int
		threads, others int
		want            []int
	}{
		{"one for each thread, and one for the server", four, 4, 3, 1, []int{3, 2, 1}},
		{"a server elsewhere", four, 4, 4, 0, []int{3, 2, 1, 0}},
		{"a thread by itself is left to the scheduler", four, 4, 1, 1, nil},
		{"too few for threads and server", four, 4, 4, 1, nil},
		{"other programs whose needs are not known", four, 4, 2, -1, nil},
		{"a quota of fewer than there are", four, 2, 2, 1, nil},
		{"fewer allowed than there are", four[2:], 4, 2, 1, nil},
		{"those allowed, not the first", four[1:], 4, 2, 1, []int{3, 2}},
		{"none known", nil, 4, 2, 0, nil},
		{"two parts a core, numbered one after the other",
			onCores("0-1", "0-1", "2-3", "2-3"),
			4, 2, 1, []int{2, 0}},
		{"two parts a core, the second ones last",
			onCores("0,2", "1,3", "0,2", "1,3"),
			4, 3, 0, []int{1, 0, 3}},
		{"cores that are not known are each their own",
			[]machine.Processor{{Number: 4}, {Number: 7}, {Number: 9}}, 3, 2, 1, []int{9, 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := pins(tt.all, tt.usable, tt.threads, tt.others); !slices.Equal(got, tt.want) {
				t.Errorf("pins(%v, %d usable, %d threads, %d others) = %v, want %v", tt.all, tt.usable, tt.threads,
					tt.others, got, tt.want)
			}
		})
	}
}
