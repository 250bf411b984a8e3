package results

import (
	"fmt"
	"strings"
)

// Closers says how many connections each side closed first, and Both how many both did,
// whose FINs met on the way.
type Closers struct {
	Client, Server Closed
	Both           int64
}

// Closed counts the connections that one side closed first.
type Closed struct {
	// FIN were closed in order, RST with a reset.
	FIN, RST int64
}

// Closers counts from the kernel's counters of both sides; false where one of
// them was not asked, or counted the connections of others too, as a proxy does.
//
// The first FIN leaves its sender with a TIME_WAIT (RFC 9293, 3.6), or with an
// overflow of them, and two that meet leave both with one. An RST leaves none, but is also sent for what arrives
// late, so it counts only for connections that no TIME_WAIT accounts for. Of
// FIN_WAIT_2 no counter tells for certain (TcpExtTW above 4 s alone), which
// is where a server leaves the client that never closes.
func (r *Run) Closers() (Closers, bool) {
	if r.Kernel.Proxy != nil { // which had connections on both of its sides
		return Closers{}, false
	}
	if r.Kernel.Server["TcpActiveOpens"] > 0 { // it has those of its own
		return Closers{}, false
	}
	if r.Kernel.Client == nil || r.Kernel.Server == nil || !r.Environment.Lab || r.Latency.Connect == nil {
		return Closers{}, false
	}
	if r.Options.ServerClosing().KeepsOpen && !r.Options.Linger.Reset() {
		return Closers{}, false
	}
	waits := func(side map[string]int64) int64 { return side["TcpExtTW"] + side["TcpExtTCPTimeWaitOverflow"] }
	var c Closers
	c.Client.FIN, c.Server.FIN = waits(r.Kernel.Client), waits(r.Kernel.Server)
	if r.Options.Warmup == 0 { // else connections that it opened were closed beside those counted
		c.Both = min(max(c.Client.FIN+c.Server.FIN-r.Latency.Connect.Count, 0), c.Client.FIN, c.Server.FIN)
	}
	c.Client.FIN, c.Server.FIN = c.Client.FIN-c.Both, c.Server.FIN-c.Both
	left := max(r.Latency.Connect.Count-c.Client.FIN-c.Server.FIN-c.Both, 0)
	if r.Options.Closing().ServerFirst && r.Options.Linger.Reset() {
		// The client's RST answers the server's FIN, and ends its TIME_WAIT.
		c.Server.FIN += min(r.Kernel.Client["TcpOutRsts"], left)
		return c, true
	}
	c.Client.RST = min(r.Kernel.Client["TcpOutRsts"], left)
	c.Server.RST = min(r.Kernel.Server["TcpOutRsts"], left-c.Client.RST)
	return c, true
}

// Count is how many connections the side closed first.
func (c Closed) Count() int64 { return c.FIN + c.RST }

func (c Closed) String() string {
	switch {
	case c.RST == 0:
		return fmt.Sprint(c.FIN)
	case c.FIN == 0:
		return fmt.Sprintf("%d with RST", c.RST)
	default:
		return fmt.Sprintf("%d, %d of them with RST", c.Count(), c.RST)
	}
}

func (c Closers) String() string {
	s := fmt.Sprintf("client %s, server %s", c.Client, c.Server)
	if c.Both > 0 {
		s += fmt.Sprintf(", both at once %d", c.Both)
	}
	return s
}

// ClosePolicy is how connections were to end, in words.
func ClosePolicy(r *Run) string {
	return fmt.Sprintf("close %s, linger %s", r.Options.Close, r.Options.Linger)
}

// Agree reports whether client and server counted the same requests and bytes.
func (r *Run) Agree() bool {
	d := r.Delivery
	return d != nil && d.LostBytes == 0 && d.LostConnections == 0 && d.AnswerBytesLost == 0 && r.Unanswered() == 0
}

// Unanswered is how many more requests the server answered than the client
// saw answered, where the answers have a size.
func (r *Run) Unanswered() int64 {
	if r.Delivery == nil || r.Delivery.AnswerBytesSent == 0 {
		return 0
	}
	return r.Delivery.RequestsAnswered - r.Totals.Requests
}

// Delivered says in a sentence whether both sides counted the same; "" where
// the server was not asked or nothing was sent.
func Delivered(r *Run) string {
	d := r.Delivery
	switch {
	case d == nil || d.SentBytes+d.AnswerBytesSent+d.RequestsAnswered == 0:
		return ""
	case r.Agree():
		return fmt.Sprintf("agree (%s): %d requests, %d bytes to the server, %d bytes back", ClosePolicy(r),
			d.RequestsAnswered, d.ArrivedBytes, r.Totals.BytesReceived)
	default:
		return fmt.Sprintf("DIFFER (%s): %s", ClosePolicy(r), strings.Join(d.differences(r), "; "))
	}
}

// differences are in what the client and the server counted.
func (d *Delivery) differences(r *Run) []string {
	var out []string
	add := func(n int64, format string, args ...any) {
		if n != 0 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(max(-d.LostBytes, 0), "the server read %d bytes more than were sent", -d.LostBytes)
	add(max(d.LostBytes, 0), "%d of %d bytes sent to the server did not arrive", d.LostBytes, d.SentBytes)
	add(d.LostConnections, "requests that did not arrive whole: %d", d.LostConnections)
	add(d.AnswerBytesLost, "%d of %d bytes sent back were not read", d.AnswerBytesLost, d.AnswerBytesSent)
	add(r.Unanswered(), "the server answered %d requests, and the client has %d answers", d.RequestsAnswered,
		r.Totals.Requests)
	return out
}
