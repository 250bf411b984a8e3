package exhaustion

import (
	"strings"
	"testing"
)

func TestPortsAreFull(t *testing.T) {
	tests := []struct {
		name         string
		inUse, ports int
		want         bool
	}{
		{"every port", 1000, 1000, true},
		{"some came free before they were counted", 950, 1000, true},
		{"none is in use", 0, 28232, false},
		{"half of them", 500, 1000, false},
		{"an odd number, one of which the search passes over", 2, 3, true},
		{"an even number, one of which is free", 1, 2, false},
		{"the only port", 1, 1, true},
		{"the only port is free", 0, 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := (Evidence{PortsInUse: tt.inUse, Capacity: tt.ports}).Full(); got != tt.want {
				t.Errorf("Evidence{%d of %d}.Full() = %v, want %v", tt.inUse, tt.ports, got, tt.want)
			}
		})
	}
}

// refusedBy are the facts of a run in which a connect failed while ports were free.
func refusedBy(cause Cause, succeeded int64) Facts {
	f := facts(Finding{Outcome: Undecided, Evidence: &Evidence{PortsInUse: 3, Capacity: 28232},
		Refused: &Refusal{Call: "connect", Errno: "EADDRNOTAVAIL", Cause: cause, Target: "[::1]:8080",
			Sysctl: "net.ipv6.conf.lo.disable_ipv6"}}, settings(nil), succeeded, 1)
	f.Attempted, f.Errors = succeeded+7, map[string]int64{"connect: EADDRNOTAVAIL": 7}
	return f
}

func TestAFailureWithFreePortsIsNotExhaustion(t *testing.T) {
	const looks = `Failed: connect(2) towards [::1]:8080 failed with EADDRNOTAVAIL ("cannot assign requested ` +
		`address"), and not for lack of a port: 3 of 28232 ports were in use; `
	tests := []struct {
		cause Cause
		want  string
	}{
		{NoIPv6, "IPv6 is switched off on this host (net.ipv6.conf.lo.disable_ipv6=1): name the target by its IPv4 " +
			"address, or sysctl -w net.ipv6.conf.lo.disable_ipv6=0."},
		{NoSource, "this host has no address from which the target can be reached: "},
		{Unexplained, "what kept the kernel from a port is not known: "},
	}
	for _, tt := range tests {
		t.Run(string(tt.cause), func(t *testing.T) {
			v := Judge(refusedBy(tt.cause, 0))
			if !strings.HasPrefix(v.Headline, looks+tt.want) || len(v.Remedies)+len(v.Details) > 0 {
				t.Errorf("Judge() = %+v, want %q and nothing of ports", v, looks+tt.want)
			}
		})
	}
}

func TestAFailureWithFreePortsAmongOthersIsALimit(t *testing.T) {
	v := Judge(refusedBy(NoSource, 100))
	if strings.HasPrefix(v.Headline, "Failed") || len(v.OtherLimits) != 1 ||
		!strings.HasPrefix(v.OtherLimits[0].Text, "this host has no address") {
		t.Errorf("Judge() = %+v, want one other limit, that says what the failure means", v)
	}
}

func TestOnePortIsInUse(t *testing.T) {
	for want, e := range map[string]Evidence{
		"At the first failure 1 of 1 port was in use":   {PortsInUse: 1, Capacity: 1},
		"At the first failure 1 of 9 ports was in use":  {PortsInUse: 1, Capacity: 9},
		"At the first failure 9 of 9 ports were in use": {PortsInUse: 9, Capacity: 9},
	} {
		if got := e.text(Finding{Host: ClientHost}); !strings.HasPrefix(got, want) {
			t.Errorf("text() = %q, want %q", got, want)
		}
	}
}
