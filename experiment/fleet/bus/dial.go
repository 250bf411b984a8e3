package bus

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"tcpbench/internal/fault"
)

// Options are those of a connection.
type Options struct {
	// URL is where the hub is: nats:// or tls://HOST:PORT, or HOST:PORT; several of a
	// cluster with commas.
	URL string

	// Creds is a file of credentials, which [Make] or `nsc` of NATS has written; empty is
	// none.
	Creds string

	// Name is the agent's; empty is the coordinator.
	Name string

	// Lost and Back are told that the line is cut, and that it is there again; nil is not.
	Lost, Back func()

	// Refused is told of what the hub does not permit, and of messages that were dropped
	// because this process did not take them; nil is not.
	Refused func(error)

	// Closed is told that the connection has ended for good, other than by Close: the hub
	// refuses the credentials. Nil is not.
	Closed func(error)
}

const (
	// answerWithin is how long the hub may take to accept a connection, and to answer one that
	// stands. Who it is may take as long as the hub allows (handshake): where thousands come
	// at once, one who gives up and comes again is one more that it has to serve.
	answerWithin = 2 * time.Second
	// clientPing, with two that may go unanswered, has a hub that is gone without a word seen
	// after 10 to 15 s. A shorter one would take a busy hub of thousands of agents for gone,
	// and have all of them come again at once; and the pings of 10,000 are 2000 a second.
	clientPing = 5 * time.Second
)

// Dial connects to a hub, and tries again until it is there or ctx is done. What trying
// again does not mend is an error at once: wrong credentials, a certificate. Once it
// stands it is kept: when the hub is gone it is looked for again, for ever.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	h, err := parseURLs(o.URL)
	if err != nil {
		return nil, err
	}
	c := &Conn{options: o, hub: h}
	creds, err := credentials(o)
	if err != nil {
		return nil, err
	}
	d := &dialer{first: ctx}
	opts := append(c.natsOptions(), nats.SetCustomDialer(d))
	opts = append(opts, creds...)
	for tries := 1; ; tries++ {
		c.nats, err = nats.Connect(o.URL, opts...)
		if err == nil {
			d.later.Store(true)
			return c, nil
		}
		if final := h.final(err, o.Creds); final != nil {
			return nil, final
		}
		select {
		case <-ctx.Done():
			return nil, fault.Host(fmt.Errorf("connect to the hub at %s: %w (%w)", h, err, context.Cause(ctx)))
		case <-time.After(h.wait(tries)):
		}
	}
}

// natsOptions are those that all connections have.
func (c *Conn) natsOptions() []nats.Option {
	name := "tcpbench coordinator"
	if c.options.Name != "" {
		name = "tcpbench agent " + c.options.Name
	}
	return []nats.Option{
		nats.Name(name),
		nats.Timeout(handshake),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(c.hub.wait),
		nats.ReconnectBufSize(-1), // an order from before is not delivered later
		nats.PingInterval(clientPing),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(writeDeadline),
		nats.ReconnectOnFlusherError(),
		nats.NoCallbacksAfterClientClose(),
		nats.IgnoreDiscoveredServers(), // through a tunnel the hub's own addresses lead nowhere
		nats.DisconnectErrHandler(func(*nats.Conn, error) { call(c.options.Lost) }),
		nats.ReconnectHandler(func(*nats.Conn) { call(c.options.Back) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { tell(c.options.Refused, err) }),
		nats.ClosedHandler(c.closed),
	}
}

// closed tells that NATS has given up.
func (c *Conn) closed(nc *nats.Conn) {
	err := nc.LastError()
	if final := c.hub.final(err, c.options.Creds); final != nil {
		err = final
	}
	tell(c.options.Closed, err)
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func tell(f func(error), err error) {
	if f != nil {
		f(err)
	}
}

// dialer ends the first tries with their context, which NATS knows nothing of.
type dialer struct {
	first context.Context
	later atomic.Bool
}

// Dial opens a connection.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	n := net.Dialer{Timeout: answerWithin}
	if d.later.Load() {
		return n.DialContext(context.Background(), network, address)
	}
	c, err := n.DialContext(d.first, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(d.first, func() {
		if !d.later.Load() {
			c.Close()
		}
	})
	return c, nil
}
