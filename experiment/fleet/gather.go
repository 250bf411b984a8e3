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

// resendTo is resend where so many agents have an order: it takes its time until all have heard
// it, and have said so.
func resendTo(agents int) time.Duration { return resend + time.Duration(agents)*500*time.Microsecond }

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
	hosts := map[string]*peer{}
	for _, p := range f.byName() {
		if len(out) < f.options.Wanted() && p.unfit() == nil && f.beside(p, hosts) == nil {
			out = append(out, p)
			hosts[p.status.Host.Network] = p
		}
	}
	return out
}

// beside is why an agent cannot be in the fleet together with others, of which there is one
// in each network namespace; nil where it can. With the lock held.
func (f *Fleet) beside(p *peer, others map[string]*peer) error {
	if f.options.SameHost {
		return nil
	}
	if o := others[p.status.Host.Network]; o != nil && o != p {
		return fmt.Errorf("it shares the ports of its host with %s; have one agent a host, or give each a "+
			"network namespace; --same-host lets them be", o.name)
	}
	return nil
}

// byName are the agents that were heard of, where names are given those that have one. With
// the lock held.
func (f *Fleet) byName() []*peer {
	out := make([]*peer, 0, len(f.peers))
	named := map[string]bool{}
	for _, name := range f.options.Names {
		named[name] = true
	}
	for name, p := range f.peers {
		if len(named) == 0 || named[name] {
			out = append(out, p)
		}
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

// absent names what is missing, and why, one for each that should be there. With the lock held.
func (f *Fleet) absent(chosen []*peer) []string {
	var out []string
	for _, name := range f.options.Names {
		if p := f.peers[name]; p == nil {
			out = append(out, name+": nothing is heard of it")
		}
	}
	hosts := map[string]*peer{}
	for _, p := range chosen {
		hosts[p.status.Host.Network] = p
	}
	for _, p := range f.byName() {
		err := p.unfit()
		if err == nil {
			err = f.beside(p, hosts)
		}
		if err != nil {
			out = append(out, fmt.Sprintf("%s: %v", p.name, err))
		}
	}
	missing := f.options.Wanted() - len(chosen)
	switch {
	case len(f.options.Names) == 0 && missing > len(out):
		out = append(out, notJoined(missing-len(out)))
	case 0 < missing && missing < len(out): // so many are not missing: one of these would have done
		out = append(out[:missing-1], strings.Join(out[missing-1:], "; "))
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

// hold has agents take orders of this coordinator alone. Those that it held before it keeps, too: one
// that is released may leave, and be wanted again.
func (f *Fleet) hold(ctx context.Context, chosen []*peer) error {
	f.mu.Lock()
	f.members = chosen
	for _, p := range chosen {
		f.asked[p.name] = true
	}
	f.mu.Unlock()
	f.repeat(ctx, f.options.Wait, func(p *peer) (message.Order, bool) {
		return message.Order{Hold: true}, p.held(f.self)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	var held []*peer
	for _, p := range chosen {
		if p.held(f.self) {
			held = append(held, p)
			continue
		}
		why := cmp.Or(p.unfit(), errNoAnswer)
		errs = append(errs, fmt.Errorf("agent %s: %w", p.name, why))
		f.missing = append(f.missing, fmt.Sprintf("%s: %v", p.name, why))
	}
	if f.options.Degrade && len(held) > 0 && ctx.Err() == nil {
		f.members = held
		return nil
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
		again := resendTo(len(orders))
		left := time.Until(end)
		if len(orders) == 0 || f.await(ctx, min(again, left), all) {
			return true
		}
		if ctx.Err() != nil || left <= again {
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
