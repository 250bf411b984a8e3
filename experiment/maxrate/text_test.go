package maxrate

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tcpbench/judge/slo"
	"tcpbench/results"
)

func trials() []results.Trial {
	return []results.Trial{
		{Rate: 100, Planned: 200, Started: 200, Holds: true,
			Values: map[string]float64{"errors": 0, "connect_p99": 44.28}},
		{Rate: 12800, Planned: 25600, Started: 25000, Broken: []string{"errors<0.1% is broken: 3.66%"},
			Values: map[string]float64{"errors": 3.66088, "connect_p99": 1234.5}},
		{Rate: 6400, Planned: 12800, Started: 12800, GeneratorLate: true,
			Values: map[string]float64{"errors": 0, "connect_p99": 44}},
		{Rate: 50, Planned: 0, Started: 0, Missing: []string{"no planned start was recorded"},
			Values: map[string]float64{}},
	}
}

func TestText(t *testing.T) {
	limits, err := slo.Parse("errors<0.1%,connect_p99<5ms,connect_p99>1us")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := WriteTable(&b, trials(), limits); err != nil {
		t.Fatal(err)
	}
	for _, trial := range trials() {
		b.WriteString(Line(trial, limits) + "\n")
	}
	want := `     rate  started  planned  errors  connect_p99  outcome
    100/s      200      200      0%       44.3us  holds
  12800/s    25000    25600   3.66%       1.23ms  broken
   6400/s    12800    12800      0%         44us  generator late
     50/s        -        -       -            -  inconclusive

100/s: 200 of 200 started, errors 0%, connect_p99 44.3us: holds
12800/s: 25000 of 25600 started, errors 3.66%, connect_p99 1.23ms: errors<0.1% is broken: 3.66%
6400/s: 12800 of 12800 started, errors 0%, connect_p99 44us: the generator itself was late
50/s: nothing started, errors -, connect_p99 -: no planned start was recorded
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestNoTrialIsNoTable(t *testing.T) {
	var b strings.Builder
	if err := WriteTable(&b, nil, nil); err != nil || b.Len() > 0 {
		t.Errorf("WriteTable() = %v, %q, want nothing", err, b.String())
	}
}
