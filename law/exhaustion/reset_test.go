package exhaustion

import (
	"strings"
	"testing"
)

func TestRSTsThatEndTimeWaitsExplainMoreConnections(t *testing.T) {
	tests := []struct {
		name  string
		after int64
		rsts  int64
		one   bool
		want  string
		not   string
	}{
		{"an RST for each connection more", 28244, 12, false, "reuses on loopback only), but the server sent 12 " +
			"RSTs, and one that meets a TIME_WAIT ends it", "exactly"},
		{"fewer RSTs than that", 28244, 11, false, "predicted were 28232", "RST"},
		{"RSTs, and no connection more", 28232, 12, false, "exactly as predicted", "RST"},
		{"RSTs of a host that is both", 28244, 12, true, "predicted were 28232", "RST"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(ranOut("connect", "EADDRNOTAVAIL", tt.after, 12), settings(nil), tt.after, 12)
			f.Server = map[string]int64{"TcpOutRsts": tt.rsts}
			f.OneHost = tt.one
			got := Judge(f).Headline
			if !strings.Contains(got, tt.want) || strings.Contains(got, tt.not) {
				t.Errorf("Judge() = %q, want %q in it and not %q", got, tt.want, tt.not)
			}
		})
	}
}
