package cell

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"tcpbench/internal/wire"
	"tcpbench/lab"
	"tcpbench/lab/capture"
	"tcpbench/results"
	"tcpbench/scenario"
)

const (
	// lastPackets is how long the last ones of a run may take.
	lastPackets = 50 * time.Millisecond
	// sentAgain is when the kernel has sent again what was lost: 200 ms at the
	// least after the first time (TCP_RTO_MIN).
	sentAgain = 500 * time.Millisecond
	// longestSettling bounds the wait for frames that are late on purpose.
	longestSettling = 5 * time.Second
)

// settling is for how long packets are still under way at the end of a run:
// the last of a capture, and those that a link holds back.
func settling(w scenario.Workload) time.Duration {
	rules := w.Link.Rules
	if w.Capture == 0 && rules.Longest() == 0 {
		return 0
	}
	d := lastPackets + rules.Longest()
	if w.Capture > 0 && rules.Loses() {
		d += sentAgain
	}
	return min(d, longestSettling)
}

// otherFrames is how many more frames than are asked for a capture has room
// for: a device sends some that are not of TCP, such as MLD's reports.
const otherFrames = 256

// packets is the capture of a run; nil is none.
type packets struct {
	captures []*capture.Capture // one a client host
	most     int
	servers  []netip.AddrPort
	loopback bool
}

// startCapture begins the capture that the workload asks for.
func startCapture(w scenario.Workload, p *Place) (*packets, error) {
	if w.Capture == 0 {
		return nil, nil
	}
	c := &packets{most: w.Capture, servers: p.Destinations, loopback: w.Link.Loopback}
	device, slots := lab.LinkName, w.Capture+otherFrames
	if c.loopback { // which receives what it sends, so that each is there twice
		device, slots = "lo", 2*w.Capture+otherFrames
	}
	err := p.networks.Each(func() error {
		one, err := capture.Start(device, slots)
		if err == nil {
			c.captures = append(c.captures, one)
		}
		return err
	})
	return c, err
}

// stop ends them, and returns what there was in the order of time.
func (c *packets) stop() ([]capture.Frame, error) {
	var all []capture.Frame
	var errs []error
	for _, one := range c.captures {
		frames, err := one.Stop()
		all, errs = append(all, frames...), append(errs, err)
	}
	if len(c.captures) > 1 {
		slices.SortStableFunc(all, func(a, b capture.Frame) int { return a.At.Compare(b.At) })
	}
	return all, errors.Join(errs...)
}

// from is who sent a frame of the run's connections; wire.Either where it
// belongs to none.
func (c *packets) from(f capture.Frame) wire.Side {
	s, ok := wire.ParseSegment(f.Bytes)
	switch {
	case ok && slices.Contains(c.servers, s.Dst):
		return wire.Client
	case ok && slices.Contains(c.servers, s.Src):
		return wire.Server
	default:
		return wire.Either
	}
}

// finish ends the capture and puts what it has into r.
func (c *packets) finish(r *results.Run) {
	if c == nil {
		return
	}
	all, err := c.stop()
	if err != nil {
		r.Warnings = append(r.Warnings, results.Warning{Code: "not-captured", Text: err.Error()})
	}
	var frames []capture.Frame
	var connections wire.Connections
	for _, f := range all {
		from := c.from(f)
		if from == wire.Either || c.loopback && !f.Sent || len(frames) == c.most {
			continue
		}
		frames = append(frames, f)
		s, _ := wire.ParseSegment(f.Bytes) // it is one that is from somebody
		r.Packets = append(r.Packets, packet(s, from, f.At.Sub(r.StartedAt), &connections))
	}
	r.Pcap = capture.Pcap(frames)
}

// packet is a segment as a result has it.
func packet(s wire.Segment, from wire.Side, at time.Duration, connections *wire.Connections) results.Packet {
	c := connections.Of(s, from)
	p := results.Packet{
		AtS:        at.Seconds(),
		From:       from.String(),
		Flags:      s.Flags.String(),
		Bytes:      s.Payload,
		Port:       s.Src.Port(),
		Connection: c.Number,
	}
	if from == wire.Server {
		p.Port = s.Dst.Port()
	}
	if seq, ok := c.Relative(from, s.Seq); ok {
		p.Seq = &seq
	}
	if ack, ok := c.Relative(from.Other(), s.Ack); ok && s.Flags.Has(wire.ACK) {
		p.Ack = &ack
	}
	return p
}
