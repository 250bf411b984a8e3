package scenario

import (
	"fmt"
	"strings"
	"testing"
)

func TestTwoCellsAreMeasuredInTurn(t *testing.T) {
	s := &Scenario{Name: "ab", Workload: DefaultWorkload(), Matrix: []Axis{{"linger", []string{"off", "0"}}}, Repeat: 4}
	if err := s.PairUp(); err != nil {
		t.Fatalf("PairUp() = %v, want no error", err)
	}
	cells, err := s.Cells()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cells {
		got = append(got, fmt.Sprintf("%s %d", c.Labels["linger"], c.Repeat))
	}
	if want := "off 1, 0 1, 0 2, off 2, off 3, 0 3, 0 4, off 4"; strings.Join(got, ", ") != want {
		t.Errorf("Cells() = %s, want %s", strings.Join(got, ", "), want)
	}
}

func TestPairUpRefuses(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		repeat int
		want   string
	}{
		{"three cells", []string{"off", "0", "1s"}, 2,
			"ab: the matrix has 3 cells, and it takes exactly two: one key with two values"},
		{"one cell", []string{"off"}, 2,
			"ab: the matrix has 1 cells, and it takes exactly two: one key with two values"},
		{"an odd number of repeats", []string{"off", "0"}, 3,
			"ab: repeat 3 is odd; A B B A takes an even number, such as 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Scenario{Matrix: []Axis{{"linger", tt.values}}, Repeat: tt.repeat}
			if err := s.PairUp(); err == nil || err.Error() != tt.want || s.ABBA {
				t.Errorf("PairUp() = %v, want %s", err, tt.want)
			}
		})
	}
}
