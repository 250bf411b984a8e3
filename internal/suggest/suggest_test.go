package suggest

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"linger", "concurrency", "net.ipv4.tcp_tw_reuse", "source", "sysctl", "4"}
	tests := []struct {
		name, typed, want string
	}{
		{"two letters swapped", "linegr", "linger"},
		{"a letter missing", "concurency", "concurrency"},
		{"a swap inside a long name", "net.ipv4.tcp_tw_resue", "net.ipv4.tcp_tw_reuse"},
		{"a plural", "sources", "source"},
		{"nothing alike", "colour", ""},
		{"an empty name", "", ""},
		{"a single letter has no misspelling", "5", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := Nearest(tt.typed, names); got != tt.want {
				t.Errorf("Nearest(%q) = %q, want %q", tt.typed, got, tt.want)
			}
		})
	}
}
