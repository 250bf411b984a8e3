package exhaustion

import (
	"strings"
	"testing"

	"tcpbench/law/capacity"
)

func TestAFarewellOfTLSThatFreesPortsIsNamed(t *testing.T) {
	const says, head = "the client's RST ended ",
		"they last longer than the law says, since RSTs end connections of TLS"
	n := func(v int64) *int64 { return &v }
	tests := []struct {
		name   string
		ended  *int64
		change func(*capacity.Settings)
		want   bool
	}{
		{"every connection", n(5000), func(*capacity.Settings) {}, true},
		{"one in a hundred", n(50), func(*capacity.Settings) {}, true},
		{"fewer than that", n(49), func(*capacity.Settings) {}, false},
		{"none", n(0), func(*capacity.Settings) {}, false},
		{"not known, or no TLS", nil, func(*capacity.Settings) {}, false},
		{"RST is how the client closes", n(5000), func(s *capacity.Settings) { s.Reset = true }, false},
		{"the server closes first", n(5000), func(s *capacity.Settings) { s.ServerCloses = true }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(Finding{Outcome: Undecided}, settings(tt.change), 5000, 12)
			f.Aimed, f.EndedByRST, f.Client = true, tt.ended, map[string]int64{"TcpExtTW": 4000}
			v := Judge(f)
			details := strings.Join(v.Sentences(), " ")
			if strings.Contains(details, says) != tt.want || strings.Contains(v.Headline, head) != tt.want {
				t.Errorf("Judge() = %q, %q, want %q: %t", v.Headline, details, says, tt.want)
			}
		})
	}
}

func TestOfAUnixSocketNoLawIsSaid(t *testing.T) {
	for _, portless := range []bool{false, true} {
		for _, use := range []Use{OneRequest, ManyRequests, Held} {
			f := facts(Finding{Outcome: Undecided}, settings(nil), 100, 12)
			f.Aimed, f.Use, f.Connected, f.Requests = true, use, 100, 100
			if f.Settings.NoPorts = portless; portless {
				f.Settings, f.Prediction = capacity.Settings{NoPorts: true, InFlight: 5}, capacity.Prediction{}
			}
			v := Judge(f)
			details := strings.Join(v.Sentences(), " ")
			says := strings.Contains(details, "A Unix socket has no ports: no law of them applies to it.")
			if law := strings.Contains(v.Headline+details, "ports were held") || strings.Contains(details,
				"settings hold") ||
				strings.Contains(details, "These ports can hold"); says != portless || law == portless {
				t.Errorf("use %d, without ports %t: %q, %q", use, portless, v.Headline, details)
			}
		}
	}
}

func TestMoreConnectionsThanTheLawHasAreExplainedByTheFarewell(t *testing.T) {
	f := facts(ranOut("connect", "EADDRNOTAVAIL", 40000, 12), settings(nil), 40000, 12)
	const says = "if the client always closes first, but the client's RST ended 12000 of 40000 connections"
	if got := Judge(f).Headline; strings.Contains(got, says) {
		t.Errorf("Judge() = %q without one, want no RST in it", got)
	}
	ended := int64(12000)
	if f.EndedByRST = &ended; !strings.Contains(Judge(f).Headline, says) {
		t.Errorf("Judge() = %q, want %q in it", Judge(f).Headline, says)
	}
}

func TestWhyATLSHandshakeFailedIsTheMeaningOfItsError(t *testing.T) {
	const why = "the server's certificate expired"
	for _, tt := range []struct {
		name, key, why string
		want           bool
	}{
		{"the handshake", "handshake: TLS", why, true},
		{"what came of it", "recv: ECONNRESET", why, true},
		{"nothing is known", "handshake: TLS", "", false},
		{"another failure", "connect: ECONNREFUSED", why, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := facts(Finding{Outcome: Undecided}, settings(nil), 0, 1)
			f.Errors, f.Attempted, f.WhyTLS = map[string]int64{tt.key: 50}, 50, tt.why
			if got := Judge(f).Headline; strings.Contains(got, why) != tt.want || !strings.Contains(got, tt.key) {
				t.Errorf("Judge() = %q, want %q in it: %t", got, why, tt.want)
			}
		})
	}
}
