package fleet

import (
	"testing"

	"tcpbench/results"
)

func TestSameBuildIsOfOneSource(t *testing.T) {
	tag := results.Tool{Version: "v0.9.0", Revision: "be8f73eb371d16fff004b4f21e3af5251c316d43"}
	pseudo := results.Tool{Version: "v0.0.0-20261129080941-be8f73eb371d", Revision: tag.Revision}
	later := results.Tool{Version: "v0.9.0", Revision: "0123abc"}
	devel := results.Tool{Version: "devel"}
	tests := []struct {
		name string
		a, b built
		want bool
	}{
		{"one commit, built with and without its tag", built{tag, ""}, built{pseudo, ""}, true},
		{"another commit with the tag", built{tag, ""}, built{later, ""}, false},
		{"one commit, and files that differ from it", built{tag, ""}, built{tag, "12ab"}, false},
		{"files that differ from one commit otherwise", built{tag, "34cd"}, built{tag, "12ab"}, false},
		{"files that differ from one commit alike", built{tag, "34cd"}, built{tag, "34cd"}, true},
		{"no revision, one program", built{devel, "34cd"}, built{devel, "34cd"}, true},
		{"no revision, two programs", built{devel, "34cd"}, built{devel, "12ab"}, false},
		{"no revision here alone", built{devel, "34cd"}, built{tag, ""}, false},
	}
	for _, tt := range tests {
		if got := tt.a.same(tt.b); got != tt.want {
			t.Errorf("%s: same() = %v, want %v", tt.name, got, tt.want)
		}
		if got := tt.b.same(tt.a); got != tt.want {
			t.Errorf("%s, the other way round: same() = %v, want %v", tt.name, got, tt.want)
		}
	}
}
