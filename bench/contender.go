package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/scenario"
)

// load is what a contender is to do.
type load struct {
	target   netip.AddrPort
	inFlight int           // connections
	turn     time.Duration // for how long, in whole seconds
}

// contender opens connections to a server for one turn at a time.
type contender struct {
	name    string
	missing string // why it cannot be measured, if it cannot
	server  service
	args    func(load) []string // of another program's command line, its name first
	run     func(context.Context, load) (tally, error)

	inFlight int // connections, where they are not the match's
}

// tally is a turn as the client counts it.
type tally struct {
	Elapsed     time.Duration `json:"elapsed_ns"`
	CPU         time.Duration `json:"cpu_ns"` // of the client's process
	Connections *int64        `json:"connections,omitempty"`
	Requests    *int64        `json:"requests,omitempty"` // whole answers
	Bytes       *int64        `json:"bytes,omitempty"`    // received
	BodyOnly    bool          `json:"body_only,omitempty"`
	Bad         int64         `json:"bad"` // answers other than 200, and errors
	Mallocs     *int64        `json:"mallocs,omitempty"`
	// ConnectP50 and ConnectP99 are of connect(2), in microseconds.
	ConnectP50 *float64 `json:"connect_p50_us,omitempty"`
	ConnectP99 *float64 `json:"connect_p99_us,omitempty"`
}

// score is a turn as both sides and the kernel saw it.
type score struct {
	tally
	Server seen `json:"server"`
	// Opened counts what connect(2) began on the client (TcpActiveOpens).
	Opened          int64 `json:"opened"`
	ClientTimeWaits int64 `json:"client_time_waits"`
}

// turnGrace is what a contender gets beyond its turn to start and to end.
const turnGrace = 15 * time.Second

// turn lets c run once.
func (c contender) turn(ctx context.Context, p *place, l load) (score, error) {
	ctx, cancel := context.WithTimeout(ctx, l.turn+turnGrace)
	defer cancel()
	if _, err := p.tell(order{Serve: &c.server}); err != nil {
		return score{}, fmt.Errorf("%s: %w", c.name, err)
	}
	before, err := procnet.Read("self")
	if err != nil {
		return score{}, err
	}
	t, err := c.run(ctx, l)
	if err != nil {
		return score{}, fmt.Errorf("%s: %w", c.name, err)
	}
	a, err := p.tell(order{Stop: true})
	if err != nil {
		return score{}, fmt.Errorf("%s: %w", c.name, err)
	}
	after, err := procnet.Read("self")
	if err != nil {
		return score{}, err
	}
	return score{t, *a.Seen, after["TcpActiveOpens"] - before["TcpActiveOpens"], timeWaitsSince(after, before)}, nil
}

// The embedded servers.
func echoServer() service {
	return service{Protocol: scenario.ServerEcho, RequestSize: 1, ResponseSize: 1}
}

// spinning is an embedded server that looks for events before it sleeps.
func spinning(s service) service {
	s.Spin = true
	return s
}

// bodySize is that of an HTTP answer in bytes.
const bodySize = 64

func httpServer() service { return service{Protocol: scenario.ServerHTTP, ResponseSize: bodySize} }
