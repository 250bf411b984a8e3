package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/figure"
)

// sayEvery is how often it is said who is still missing.
const sayEvery = 5 * time.Second

// resend is after what time without an effect an order is given again.
const resend = time.Second

// gather waits for the agents that there must be, and holds them. The error names those
// that are missing, and says what is wrong with those that are there.
func (f *Fleet) gather(ctx context.Context) error {
	enough := func() bool { return len(f.fit()) >= f.options.Wanted() }
	for end := time.Now().Add(f.options.Wait); !f.await(ctx, min(sayEvery, time.Until(end)), enough); {
		if ctx.Err() != nil || !time.Now().Before(end) {
			break
		}
		f.mu.Lock()
		missing := f.absent(f.fit())
		f.mu.Unlock()
		f.tell("still waiting: %s", strings.Join(missing, "; "))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.mu.Lock()
	chosen, err := f.choose()
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return f.hold(ctx, chosen)
}

// Wanted is how many agents there must be.
func (o Options) Wanted() int { return max(len(o.Names), o.Agents, 1) }

// fit are the agents that can be in the fleet, by name, no more than are wanted. With the
// lock held.
func (f *Fleet) fit() []*peer {
	var out []*peer
	for _, p := range f.byName() {
		named := len(f.options.Names) == 0 || slices.Contains(f.options.Names, p.name)
		if named && p.unfit(f) == nil && f.beside(p, out) == nil && len(out) < f.options.Wanted() {
			out = append(out, p)
		}
	}
	return out
}

// beside is why an agent cannot be in the fleet together with others; nil where it can. With
// the lock held.
func (f *Fleet) beside(p *peer, others []*peer) error {
	if f.options.SameHost {
		return nil
	}
	for _, o := range others {
		if o != p && o.status.Host.Network == p.status.Host.Network {
			return fmt.Errorf("it shares the ports of its host with %s; have one agent a host, or give each a "+
				"network namespace; --same-host lets them be", o.name)
		}
	}
	return nil
}

// byName are all agents that were heard of. With the lock held.
func (f *Fleet) byName() []*peer {
	out := make([]*peer, 0, len(f.peers))
	for _, p := range f.peers {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *peer) int { return strings.Compare(a.name, b.name) })
	return out
}

// choose are those that are fit; an error where they are too few. With the lock held.
func (f *Fleet) choose() ([]*peer, error) {
	chosen := f.fit()
	if len(chosen) == f.options.Wanted() {
		return chosen, nil
	}
	f.missing = f.absent(chosen)
	if f.options.Degrade && len(chosen) > 0 {
		return chosen, nil
	}
	return nil, fmt.Errorf("%d of %s are there after %v: %s", len(chosen), figure.Plural(f.options.Wanted(), "agent"),
		f.options.Wait, strings.Join(f.missing, "; "))
}

// absent names what is missing, and why. With the lock held.
func (f *Fleet) absent(chosen []*peer) []string {
	var out []string
	for _, name := range f.options.Names {
		if p := f.peers[name]; p == nil {
			out = append(out, name+": nothing is heard of it")
		}
	}
	for _, p := range f.byName() {
		named := len(f.options.Names) == 0 || slices.Contains(f.options.Names, p.name)
		err := p.unfit(f)
		if err == nil {
			err = f.beside(p, chosen)
		}
		if named && err != nil {
			out = append(out, fmt.Sprintf("%s: %v", p.name, err))
		}
	}
	if more := f.options.Wanted() - len(chosen) - len(out); more > 0 && len(f.options.Names) == 0 {
		out = append(out, notJoined(more))
	}
	return out
}

// notJoined says that so many agents are still to come.
func notJoined(n int) string {
	const how = "`tcpbench agent --nats URL --allow-target CIDR`"
	if n == 1 {
		return "1 more has not joined; start it with " + how
	}
	return fmt.Sprintf("%d more have not joined; start each with %s", n, how)
}

// hold has agents take orders of this coordinator alone.
func (f *Fleet) hold(ctx context.Context, chosen []*peer) error {
	f.mu.Lock()
	f.members = chosen
	f.mu.Unlock()
	f.repeat(ctx, f.options.Wait, func(p *peer) (message.Order, bool) {
		return message.Order{Hold: true}, p.held(f.self)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, p := range chosen {
		if !p.held(f.self) {
			errs = append(errs, fmt.Errorf("agent %s: %w", p.name, cmp.Or(p.unfit(f), errNoAnswer)))
		}
	}
	return errors.Join(errs...)
}

// repeat gives each member an order, and again every so often, until it has had its effect
// on all that are not lost, or the limit is over.
func (f *Fleet) repeat(ctx context.Context, limit time.Duration, of func(*peer) (o message.Order, done bool)) bool {
	end := time.Now().Add(limit)
	for {
		type due struct {
			name string
			message.Order
		}
		var orders []due
		f.mu.Lock()
		for _, p := range f.members {
			if o, done := of(p); !done && p.lost == nil {
				orders = append(orders, due{p.name, o})
			}
		}
		f.mu.Unlock()
		for _, o := range orders {
			f.order(o.name, o.Order)
		}
		all := func() bool {
			return !slices.ContainsFunc(f.members, func(p *peer) bool {
				_, done := of(p)
				return !done && p.lost == nil
			})
		}
		left := time.Until(end)
		if len(orders) == 0 || f.await(ctx, min(resend, left), all) {
			return true
		}
		if ctx.Err() != nil || left <= resend {
			return false
		}
	}
}

var errNoAnswer = errors.New("it does not answer")

// lostOnes says which members are lost, and why. With the lock held.
func (f *Fleet) lostOnes() error {
	var errs []error
	for _, p := range f.members {
		if p.lost != nil {
			errs = append(errs, fmt.Errorf("agent %s: %s", p.name, p.lost.why))
		}
	}
	return errors.Join(errs...)
}
