package figure

import "testing"

func TestSecondsHaveThreeDigits(t *testing.T) {
	for s, want := range map[float64]string{
		0.0123456: "12.3 ms", 0.999: "999 ms", 0.9996: "1 s", 1.2345: "1.23 s", 99.9: "99.9 s", 100.4: "100 s", 1234: "1234 s",
	} {
		if got := Seconds(s); got != want {
			t.Errorf("Seconds(%v) = %q, want %q", s, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 ports", 1: "1 port", 2: "2 ports"} {
		if got := Plural(n, "port"); got != want {
			t.Errorf("Plural(%d, port) = %q, want %q", n, got, want)
		}
	}
}
