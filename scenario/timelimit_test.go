package scenario

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestTimeLimit(t *testing.T) {
	tests := []struct {
		name    string
		set     string // settings in their order, "name=value ..."
		limit   time.Duration
		planned time.Duration
		shown   string
	}{
		{"neither a count nor a duration", "", 10 * time.Second, 10 * time.Second, "10s"},
		{"a duration", "duration=3s", 3 * time.Second, 3 * time.Second, "3s"},
		{"a count alone", "count=70000", 0, 0, "none"},
		{"a count at a rate", "count=70000 rate=1400", 0, 50 * time.Second, "none"},
		{"a count on a ramp", "count=900 rate=20..160", 0, 10 * time.Second, "none"},
		{"both", "count=70000 duration=4s", 4 * time.Second, 4 * time.Second, "4s"},
		{"both, the default named", "duration=10s count=70000", 10 * time.Second, 10 * time.Second, "10s"},
		{"a count taken back", "count=70000 count=none", 10 * time.Second, 10 * time.Second, "10s"},
		{"the end of the years that a duration has", "count=9000000000000000000 rate=0.01", 0, 1 << 62, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := DefaultWorkload()
			for _, s := range strings.Fields(tt.set) {
				name, value, _ := strings.Cut(s, "=")
				if err := w.Set(name, value); err != nil {
					t.Fatalf("Set(%q, %q) = %v", name, value, err)
				}
			}
			data, err := json.Marshal(w)
			if err != nil || !strings.Contains(string(data), `"duration":"`+tt.shown+`"`) {
				t.Errorf("Marshal() = %s, %v, want duration %s", data, err, tt.shown)
			}
			var again Workload
			if err := json.Unmarshal(data, &again); err != nil {
				t.Fatalf("Unmarshal(%s) = %v", data, err)
			}
			for _, w := range []Workload{w, again} {
				if w.TimeLimit() != tt.limit || w.PlannedTime() != tt.planned {
					t.Errorf("TimeLimit(), PlannedTime() = %v, %v, want %v, %v", w.TimeLimit(), w.PlannedTime(),
						tt.limit, tt.planned)
				}
			}
		})
	}
}

func TestWhatNothingWouldEnd(t *testing.T) {
	w := DefaultWorkload()
	if err := w.Set("duration", "none"); err == nil || !strings.Contains(err.Error(), "nothing to end the run") {
		t.Errorf("Set(duration, none) = %v, want an error", err)
	}
	w.Count, w.Rate, w.Arrival = 500, Rate{10, 100}, ArrivalPoisson
	if err := w.Validate(); err == nil || !strings.Contains(err.Error(), "give a duration") {
		t.Errorf("Validate() of a random ramp = %v, want an error", err)
	}
	if w.Duration = time.Second; w.Validate() != nil {
		t.Errorf("Validate() of a random ramp of 1 s = %v, want nil", w.Validate())
	}
}
