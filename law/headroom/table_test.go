package headroom

import "testing"

func TestGauge(t *testing.T) {
	for percent, want := range map[int]string{
		0: ".....|....   0 %", 49: "####.|....  49 %", 60: "######....  60 %",
		100: "########## 100 %", 130: "########## 130 %",
	} {
		if got := gauge(percent); got != want {
			t.Errorf("gauge(%d) = %q, want %q", percent, got, want)
		}
	}
}
