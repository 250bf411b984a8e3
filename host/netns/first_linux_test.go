package netns

import "testing"

func TestTheFirstProcessBeganFirst(t *testing.T) {
	for _, tt := range []struct {
		name   string
		pids   []int
		before Namespace
		began  map[int]uint64
		pid    int
		start  uint64
	}{
		{"alone", []int{7}, Namespace{}, map[int]uint64{7: 100}, 7, 100},
		{"numbers began again since", []int{3, 900, 5}, Namespace{},
			map[int]uint64{3: 500, 900: 100, 5: 400}, 900, 100},
		{"of one tick, the lower number", []int{9, 8}, Namespace{}, map[int]uint64{8: 100, 9: 100}, 8, 100},
		{"it was first before", []int{3, 9}, Namespace{PID: 9, Start: 400}, map[int]uint64{3: 100, 9: 400}, 9, 400},
		{"it has gone", []int{3, 5}, Namespace{PID: 9, Start: 50}, map[int]uint64{3: 500, 5: 400, 9: 50}, 5, 400},
		{"another one has its number", []int{3, 9}, Namespace{PID: 9, Start: 50},
			map[int]uint64{3: 100, 9: 400}, 3, 100},
		{"one has ended", []int{3, 9}, Namespace{}, map[int]uint64{9: 400}, 9, 400},
		{"all have ended", []int{3, 9}, Namespace{PID: 3, Start: 1}, nil, 0, 0},
		{"none", nil, Namespace{}, map[int]uint64{0: 5}, 0, 0},
	} {
		pid, start := first(tt.pids, tt.before, func(pid int) (uint64, bool) {
			at, ok := tt.began[pid]
			return at, ok
		})
		if pid != tt.pid || start != tt.start {
			t.Errorf("%s: first() = %d since %d, want %d since %d", tt.name, pid, start, tt.pid, tt.start)
		}
	}
}
