package compare

import "testing"

func TestHeadlineIsTheAnswer(t *testing.T) {
	row := func(metric string, v Verdict, change float64) Row {
		return Row{Metric: metric, Verdict: v, ChangePercent: &change}
	}
	one := func(rows ...Row) *Comparison { return &Comparison{Cells: []Cell{{Name: "linger=off", Rows: rows}}} }
	same := row("errors", Same, 0)
	tests := []struct {
		name string
		c    *Comparison
		want string
	}{
		{"better", one(row("connections_per_second", Improved, 20), same),
			"1 of 2 figures became better: connections_per_second +20.00%."},
		{"worse comes first", one(row("connections_per_second", Improved, 20), row("connect_p99", Worse, 30)),
			"1 of 2 figures became worse: connect_p99 +30.00%. 1 of 2 figures became better: " +
				"connections_per_second +20.00%."},
		{"a change that is neither", one(row("after_connections", Changed, -50), same),
			"1 of 2 figures changed: after_connections -50.00%."},
		{"nothing", one(same, same), "Nothing changed more than by chance, in 2 figures."},
		{"nothing, and some that cannot be judged", one(same, row("connect_p99", Inconclusive, 3)),
			"Nothing changed more than by chance, in 1 figure. 1 of 2 figures cannot be judged."},
		{"a change, and some that cannot be judged", one(row("connect_p50", Worse, 3), Row{Verdict: Missing}),
			"1 of 2 figures became worse: connect_p50 +3.00%. 1 of 2 figures cannot be judged."},
		{"too few repeats", one(row("connect_p99", Inconclusive, 3), Row{Verdict: Missing}),
			"No answer: nothing can be judged."},
		{"no figure", one(), "No answer: nothing can be judged."},
		{"what is not comparable", &Comparison{Forced: []Difference{{}}, Cells: []Cell{{Rows: []Row{same}}}},
			"NOT COMPARABLE, forced. Nothing changed more than by chance, in 1 figure."},
		{"several cells", &Comparison{Cells: []Cell{{Name: "linger=off", Rows: []Row{same}},
			{Name: "linger=0", Rows: []Row{row("connect_p99", Worse, 30)}}}},
			"1 of 2 figures became worse: connect_p99 +30.00% in linger=0."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.c.Headline(); got != tt.want {
				t.Errorf("Headline() = %q, want %q", got, tt.want)
			}
		})
	}
}
