package fleet

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/message"
)

// Line is how a coordinator reaches its agents.
type Line interface {
	// Tell sends an order to the agent of a name, or with "" to all.
	Tell(agent string, order []byte) error
	// Listen calls f with every report and the name of its agent, until it is closed.
	Listen(f func(agent string, report []byte)) error
}

// Options are what a fleet is to be.
type Options struct {
	Line Line
	// Names are the agents that there must be; without any, so many as Agents says, the
	// first by name of those that are there and free.
	Names  []string
	Agents int
	// Wait is for how long agents are waited for.
	Wait time.Duration
	// Degrade goes on with the agents that there are, where some are missing or lost; else
	// a run ends then.
	Degrade bool
	// SameHost lets agents be in one network namespace, whose ports and counters are then
	// counted once; the result says so.
	SameHost bool
	// ClockBound is the most that the offset to an agent's clock may be wrong by.
	ClockBound time.Duration
	// Dir is where what agents measured is kept until the whole is on disk.
	Dir string
	// Collect says how the results are got that agents still have: a command that reaches them.
	Collect string
	// SharedNAT: all agents are behind one NAT that has so many ports towards a target; 0
	// is none.
	SharedNAT int
	// Tell is told in a line what the user wants to know; nil is not.
	Tell func(string)
}

// Fleet is a coordinator and the agents that it holds. It is safe for concurrent use, but
// measures one cell at a time.
type Fleet struct {
	options Options
	self    message.Coordinator
	base    time.Time // of the coordinator's clock
	built   built     // of this program
	beating sync.WaitGroup
	telling sync.Mutex // guards options.Tell
	stop    context.CancelFunc

	mu      sync.Mutex
	peers   map[string]*peer
	members []*peer         // that are held, by name
	asked   map[string]bool // to take orders of this coordinator alone
	missing []string        // that should be members, and are not
	gone    []string        // members that were missing or lost in a run, and why
	changed chan struct{}   // closed when something has
	pings   int64           // the number of the last one
	pace    time.Duration   // how often both sides say that they are there
	still   span            // when the coordinator does not
	// unanswered is how many of the pings that were sent last have no answer yet.
	unanswered int
	standing   []Standing              // how members stand
	made       []string                // runs of which there is a result
	locks      map[string]func() error // of runs that others are to leave alone
	took       bool                    // a run may have taken ports, and nobody waits for them
}

// Open gathers a fleet, and holds it until it is closed.
func Open(ctx context.Context, o Options) (*Fleet, error) {
	f, err := newFleet(o)
	if err != nil {
		return nil, err
	}
	if err := f.gather(ctx); err != nil {
		f.Close()
		return nil, early(ctx, err)
	}
	return f, nil
}

// newFleet is a coordinator that hears agents and beats, and holds none.
func newFleet(o Options) (*Fleet, error) {
	hash, err := cell.Build()
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname() // a host without a name has its process's number
	f := &Fleet{options: o, built: built{cell.ToolVersion(), hash}, base: time.Now(),
		pace: message.Beat, peers: map[string]*peer{}, changed: make(chan struct{}),
		locks: map[string]func() error{}, asked: map[string]bool{},
		self: message.Coordinator{ID: rand.Text(), Name: fmt.Sprintf("%s (process %d)", host, os.Getpid())}}
	if err := f.options.Line.Listen(f.hear); err != nil {
		return nil, err
	}
	beating, stop := context.WithCancel(context.Background())
	f.stop = stop
	f.beating.Go(func() { f.beat(beating) })
	return f, nil
}

// order tells an agent, or with "" all, what to do. One that is not delivered is given again.
func (f *Fleet) order(name string, o message.Order) {
	o.Version, o.Coordinator = message.Version, f.self
	o.Instance, o.Every = f.instance(name)
	b, err := message.Encode(o)
	if err == nil {
		err = f.options.Line.Tell(name, b)
	}
	if err != nil && name != "" {
		f.tell("order to %s: %v", name, err)
	}
}

// instance is the process that has an agent's name, "" for all, and the pace of the fleet
// where that is not the usual one.
func (f *Fleet) instance(name string) (instance string, every time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pace != message.Beat {
		every = f.pace
	}
	if p := f.peers[name]; p != nil {
		instance = p.instance
	}
	return instance, every
}

func (f *Fleet) tell(format string, args ...any) {
	f.telling.Lock()
	defer f.telling.Unlock()
	if f.options.Tell != nil {
		f.options.Tell(fmt.Sprintf(format, args...))
	}
}

// Redirect has another one told, until the function that it returns is called.
func (f *Fleet) Redirect(tell func(string)) (back func()) {
	f.telling.Lock()
	defer f.telling.Unlock()
	before := f.options.Tell
	f.options.Tell = tell
	return func() {
		f.telling.Lock()
		defer f.telling.Unlock()
		f.options.Tell = before
	}
}

// Standings are how the agents stand, by name.
func (f *Fleet) Standings() []Standing {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.standing)
}

// silence is after what time an agent is lost of which nothing is heard. With the lock held.
func (f *Fleet) silence() time.Duration { return message.Silence(f.pace) }

// now is the coordinator's clock.
func (f *Fleet) now() time.Duration { return time.Since(f.base) }

// Close releases the agents, and lets others have the runs.
func (f *Fleet) Close() {
	f.mu.Lock()
	asked, runs := slices.Sorted(maps.Keys(f.asked)), slices.Collect(maps.Keys(f.locks))
	f.members, f.asked = nil, nil
	f.mu.Unlock()
	for _, run := range runs {
		f.unlock(run)
	}
	for _, name := range asked {
		f.order(name, message.Order{Release: true})
	}
	f.stop()
	f.beating.Wait()
}

// announce changes something, and wakes up those who wait for a change.
func (f *Fleet) announce(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// leastRest is how long a change waits for others, before those who wait for it wake up.
const leastRest = time.Millisecond

// await returns true when something is so, and false when ctx is done or the limit is over.
// so is asked after every change, with the lock held; where it takes long, as it does of
// thousands of agents, for no more than a fifth of the time.
func (f *Fleet) await(ctx context.Context, limit time.Duration, so func() bool) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		f.mu.Lock()
		asked := time.Now()
		ok, changed := so(), f.changed
		rest := max(4*time.Since(asked), leastRest)
		f.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-changed:
			time.Sleep(min(rest, limit))
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
