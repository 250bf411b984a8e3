package plan

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tcpbench/law/capacity"
)

func TestANATOfAQuestion(t *testing.T) {
	nat := func(ports, clients int, hold time.Duration) AskedNAT {
		return AskedNAT{NAT: capacity.NAT{Ports: ports, Addresses: 1, Clients: clients, Destinations: 1, Hold: hold,
			Whole: true}}
	}
	clouds := capacity.Clouds()
	gcp := nat(64, 10, 2*time.Minute)
	gcp.EachClient, gcp.Cloud = true, &clouds[2]
	aws := nat(55_000, 10, 0)
	aws.Cloud = &clouds[0]
	azure := nat(64_512, 10, 65*time.Second)
	azure.Cloud = &clouds[1]
	tests := []struct {
		name string
		ask  AskedNAT
		rate float64

		connections, each int64
		cps, eachCPS      float64
		lasts             bool
		after             float64
		says, not         []string
	}{
		{"1000 ports that are kept for 10 s", nat(1000, 1, 10*time.Second), 50, 1000, 1000, 100, 100, true, 0,
			[]string{"kept for 10 s after its connection", "100 connections/s of all clients for ever",
				"At 50/s of all clients its ports never run out"}, []string{"run out after", "Linux", "Documented"}},
		{"shared by ten clients", nat(1000, 10, 10*time.Second), 50, 1000, 100, 100, 10, false, 2,
			[]string{"At 500/s of all clients its ports run out after 2 s", "of 10 clients together: 100 each"},
			[]string{"never run out"}},
		{"Linux, which holds none", nat(64, 2, 0), 50, 64, 32, 0, 0, false, 0,
			[]string{"taken over when another one needs it (Linux)"}, []string{"for ever", "run out after"}},
		{"a cloud with ports for each client", gcp, 1, 640, 64, 64.0 / 120 * 10, 64.0 / 120, false, 64,
			[]string{"Google Cloud NAT: 64 ports of each client", "Documented (https://cloud.google.com"}, nil},
		{"a cloud with fewer connections than ports", azure, 200, 50_000, 5000, 64_512.0 / 65, 6451.2 / 65,
			false, 64_512.0 / 2000, []string{"Azure NAT Gateway: 64512 ports for each address",
				"50000 connections at a time through it"}, nil},
		{"a cloud that does not say how long", aws, 50, 55_000, 5500, 0, 0, false, 0,
			[]string{"is not documented, so no rate can be computed"}, []string{"Linux", "for ever"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := throughNAT(tt.ask, tt.rate)
			if n.Connections != tt.connections || n.EachClient != tt.each || !near(n.CPS, tt.cps) ||
				!near(n.EachCPS, tt.eachCPS) {
				t.Errorf("throughNAT = %+v, want %d connections, %d each, %v/s, %v/s each", n, tt.connections, tt.each,
					tt.cps, tt.eachCPS)
			}
			if r := n.Rate; (r == nil) != (tt.cps == 0) || r != nil && (r.Lasts != tt.lasts ||
				!near(r.ExhaustedAfterS, tt.after)) {
				t.Errorf("at %v/s: %+v, want that it lasts: %t, else for %v s", tt.rate, r, tt.lasts, tt.after)
			}
			var b bytes.Buffer
			p := capacity.FromSysctls(capacity.DefaultSysctls())
			p.Ports, p.Sources, p.Destinations = 28232, 1, 1
			made := Make(Question{Settings: p, Rate: tt.rate, NAT: &tt.ask})
			if err := WriteText(&b, made, "here", 1000); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.says {
				if !strings.Contains(b.String(), want) {
					t.Errorf("the plan does not say %q:\n%s", want, b.String())
				}
			}
			for _, not := range tt.not {
				_, text, _ := strings.Cut(b.String(), "NAT  ")
				if strings.Contains(text, not) {
					t.Errorf("the plan says %q:\n%s", not, text)
				}
			}
		})
	}
}

// What a NAT stops is not held, and no way leads past it.
func TestATargetGoesThroughTheNAT(t *testing.T) {
	for _, tt := range []struct {
		name             string
		ports, clients   int
		hold             time.Duration
		target           float64
		change           func(*capacity.Settings)
		reached          bool
		ways, says, nots []string
	}{
		{"it holds it", 1000, 1, 10 * time.Second, 90, nil, true, nil, []string{"90/s: these settings hold it"}, nil},
		{"it holds less than the client's ports", 1000, 1, 10 * time.Second, 150, nil, false,
			[]string{"with 2 requests or more on each", "spread over 2 destinations"},
			[]string{"150/s: the NAT lets 100/s of each client through for ever", "gives: 200 requests/s on 100"},
			[]string{"tcp_tw_reuse", "--linger 0", "no longer limited"}},
		{"of many clients", 1000, 20, 10 * time.Second, 20, nil, false, []string{"with 4 requests",
			"over 4 destinations"}, []string{"the NAT lets 5/s of each"}, []string{"source addresses"}},
		{"the client's ports are no limit", 1000, 1, 10 * time.Second, 150,
			func(s *capacity.Settings) { s.Reset = true }, false, nil,
			[]string{"no way to it is known: the NAT lets 100/s of each client through",
				"more ports or addresses"}, nil},
		{"more are open than it has ports", 64, 2, 10 * time.Second, 1, nil, false, nil,
			[]string{"known: the NAT has ports for 32 connections of each client at a time; open fewer"},
			[]string{"hold it"}},
		{"its rate is not known", 1000, 1, 0, 90, nil, true, nil,
			[]string{"hold it, if the NAT does, of which no rate is known"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := asked(func(q *Question) {
				q.Target = tt.target
				q.NAT = &AskedNAT{NAT: capacity.NAT{Ports: tt.ports, Addresses: 1, Clients: tt.clients, Destinations: 1,
					Hold: tt.hold, Whole: true}}
			})
			if tt.change != nil {
				tt.change(&q.Settings)
			}
			p := Make(q)
			if p.Target.Reached != tt.reached {
				t.Errorf("reached is %t, want %t: %+v", p.Target.Reached, tt.reached, p.Target)
			}
			var b bytes.Buffer
			if err := WriteText(&b, p, "here", 1000); err != nil {
				t.Fatal(err)
			}
			_, text, _ := strings.Cut(b.String(), "NAT  ")
			for _, want := range append(tt.ways, tt.says...) {
				if !strings.Contains(text, want) {
					t.Errorf("the plan does not say %q:\n%s", want, text)
				}
			}
			for _, not := range tt.nots {
				if strings.Contains(text, not) {
					t.Errorf("the plan says %q:\n%s", not, text)
				}
			}
		})
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
