package bus

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Conn is a connection to a hub. Its methods may be called by many goroutines at once.
type Conn struct {
	options Options
	hub     address
	nats    *nats.Conn
}

// Publish sends data on a subject, at most [MostPayload] bytes. It is an error while the
// line is lost: nothing is kept for later. That there is none does not say that it
// arrived.
func (c *Conn) Publish(subject string, data []byte) error {
	if err := c.nats.Publish(subject, data); err != nil {
		return fmt.Errorf("publish %d bytes on %s: %w", len(data), subject, err)
	}
	return nil
}

// Subscribe calls f with each message on a subject, one after the other, in a goroutine of
// its own that ends with the connection. It stands again when the line is back. Where the
// hub does not permit it the error says so; while the line is lost Options.Refused does.
func (c *Conn) Subscribe(subject string, f func(subject string, data []byte)) error {
	sub, err := c.nats.Subscribe(subject, func(m *nats.Msg) { f(m.Subject, m.Data) })
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", subject, err)
	}
	if !c.nats.IsConnected() || c.Flush() != nil {
		return nil // the line is lost; NATS asks again when it is back
	}
	// The hub's refusal comes before its answer to the flush.
	last := c.nats.LastError()
	if errors.Is(last, nats.ErrPermissionViolation) && strings.Contains(last.Error(), `"`+subject+`"`) {
		_ = sub.Unsubscribe() // which the hub does not know
		return fmt.Errorf("subscribe to %s: %w", subject, last)
	}
	return nil
}

// Flush returns when the hub has taken all that was published before; it waits for 2 s at
// most.
func (c *Conn) Flush() error {
	if err := c.nats.FlushTimeout(answerWithin); err != nil {
		return fmt.Errorf("flush to the hub at %s: %w", c.hub, err)
	}
	return nil
}

// Close sends what was published, for half a second at most, and ends the connection.
// Options.Lost and Closed are not told of it.
func (c *Conn) Close() {
	if c.nats.IsConnected() {
		_ = c.nats.FlushTimeout(time.Second / 2) // a hub that is gone gets nothing
	}
	c.nats.Close()
}
