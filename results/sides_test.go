package results_test

import (
	"testing"
	"time"

	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestClosersComeFromTheKernelsCounters(t *testing.T) {
	type side = map[string]int64
	rst := scenario.Linger{On: true}
	tests := []struct {
		name           string
		policy         scenario.ClosePolicy
		linger         scenario.Linger
		client, server side
		want           string
	}{
		{"the client's TIME_WAITs", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 1000}, side{},
			"client 1000, server 0"},
		{"those that did not fit count too", scenario.CloseClient, scenario.Linger{},
			side{"TcpExtTW": 100, "TcpExtTCPTimeWaitOverflow": 900}, side{}, "client 1000, server 0"},
		{"the server's", scenario.CloseServer, scenario.Linger{}, side{}, side{"TcpExtTW": 1000},
			"client 0, server 1000"},
		{"a race", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 400}, side{"TcpExtTW": 600},
			"client 400, server 600"},
		{"FINs that met on the way", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 190},
			side{"TcpExtTW": 990}, "client 10, server 810, both at once 180"},
		{"RSTs of the client", scenario.CloseClient, rst, side{"TcpOutRsts": 1000}, side{},
			"client 1000 with RST, server 0"},
		{"more RSTs than connections", scenario.CloseClient, rst, side{"TcpOutRsts": 1003}, side{},
			"client 1000 with RST, server 0"},
		{"RSTs that end nothing", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 1000},
			side{"TcpOutRsts": 49}, "client 1000, server 0"},
		{"a server that resets some", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 990},
			side{"TcpOutRsts": 10}, "client 990, server 10 with RST"},
		{"some of each", scenario.CloseClient, scenario.Linger{}, side{"TcpExtTW": 900, "TcpOutRsts": 100}, side{},
			"client 1000, 100 of them with RST, server 0"},
		{"an RST that answers a FIN is not first", scenario.CloseServer, rst, side{"TcpOutRsts": 1000},
			side{"TcpExtTW": 4}, "client 0, server 1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Environment: results.Environment{Lab: true},
				Kernel: results.Kernel{Client: tt.client, Server: tt.server}}
			r.Options.Close, r.Options.Linger = tt.policy, tt.linger
			r.Latency.Connect = resultstest.Summary(1000, time.Microsecond)
			got, ok := r.Closers()
			if !ok || got.String() != tt.want {
				t.Errorf("Closers() = %q, %t, want %q, true", got, ok, tt.want)
			}
			r.Environment.Lab = false
			if _, ok := r.Closers(); ok {
				t.Error("Closers() = true for a host's own namespace, whose counters are of all its connections")
			}
		})
	}
}

func TestDeliveredNamesEveryDifference(t *testing.T) {
	agreed := results.Delivery{SentBytes: 640, ArrivedBytes: 640, RequestsAnswered: 10, AnswerBytesSent: 1280}
	tests := []struct {
		name   string
		change func(d *results.Delivery)
		want   string
	}{
		{"nothing", func(*results.Delivery) {},
			"agree (close client, linger off): 10 requests, 640 bytes to the server, 1280 bytes back"},
		{"bytes on the way there", func(d *results.Delivery) {
			d.ArrivedBytes, d.LostBytes, d.LostConnections = 576, 64,
				1
		}, "DIFFER (close client, linger off): 64 of 640 bytes sent to the server did not arrive; " +
			"requests that did not arrive whole: 1"},
		{"bytes that were not sent", func(d *results.Delivery) { d.ArrivedBytes, d.LostBytes = 704, -64 },
			"DIFFER (close client, linger off): the server read 64 bytes more than were sent"},
		{"bytes on the way back", func(d *results.Delivery) { d.AnswerBytesSent, d.AnswerBytesLost = 1408, 128 },
			"DIFFER (close client, linger off): 128 of 1408 bytes sent back were not read"},
		{"answers", func(d *results.Delivery) { d.RequestsAnswered = 11 },
			"DIFFER (close client, linger off): the server answered 11 requests, and the client has 10 answers"},
		{"a server that only reads has no answers to count",
			func(d *results.Delivery) { d.AnswerBytesSent, d.RequestsAnswered = 0, 7 },
			"agree (close client, linger off): 7 requests, 640 bytes to the server, 1280 bytes back"},
		{"nothing was sent", func(d *results.Delivery) { *d = results.Delivery{} }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := agreed
			tt.change(&d)
			r := &results.Run{Options: scenario.DefaultWorkload(), Delivery: &d}
			r.Totals.Requests, r.Totals.BytesReceived = 10, 1280
			if got := results.Delivered(r); got != tt.want {
				t.Errorf("Delivered() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestExhaustionIsPredictedByWhatConnectionsAreFor(t *testing.T) {
	tests := []struct {
		name       string
		mode       scenario.Mode
		inFlight   int
		reconnects int64
		rate       float64
		want       bool
	}{
		{"short ones, faster than ports come back", scenario.ModeShort, 50, 0, 500, true},
		{"short ones, slower", scenario.ModeShort, 50, 0, 400, false},
		{"fewer held than there are ports", scenario.ModeIdle, 1000, 0, 500, false},
		{"more held than there are ports", scenario.ModeIdle, 30000, 0, 500, true},
		{"keepalive without a reconnect", scenario.ModeKeepalive, 1000, 0, 500, false},
		{"keepalive with many", scenario.ModeKeepalive, 50, 5000, 500, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Prediction: resultstest.Full().Prediction}
			r.Prediction.ConnectionsUntilExhaustion, r.Prediction.SustainableCPS = 28232, 470.5
			r.Options.Mode, r.Options.Concurrency = tt.mode, tt.inFlight
			r.Keepalive = &results.Keepalive{Reconnects: tt.reconnects}
			if got := r.PredictsExhaustion(tt.rate); got != tt.want {
				t.Errorf("PredictsExhaustion(%v) = %t, want %t", tt.rate, got, tt.want)
			}
		})
	}
}

// A server that opens connections of its own has TIME_WAITs of those.
func TestClosersOfAServerWithABackend(t *testing.T) {
	r := &results.Run{Environment: results.Environment{Lab: true}, Kernel: results.Kernel{
		Client: map[string]int64{"TcpExtTW": 1000}, Server: map[string]int64{"TcpExtTW": 700, "TcpActiveOpens": 700}}}
	r.Latency.Connect = resultstest.Summary(1000, time.Microsecond)
	if got, ok := r.Closers(); ok {
		t.Errorf("Closers() = %s, want that they are not known", got)
	}
}
