package fleet

import (
	"errors"
	"fmt"
	"time"

	"tcpbench/experiment/fleet/clock"
	"tcpbench/experiment/fleet/message"
	"tcpbench/metrics"
)

// peer is what is known of an agent. All of it is guarded by the fleet's lock.
type peer struct {
	fleet    *Fleet
	name     string
	instance string
	again    bool   // it was started again since the run began
	twin     string // another process of that name, heard of while this one was there
	heard    time.Time
	// twinHeard is when the twin was heard of last.
	twinHeard time.Time
	status    *message.Status // nil before the first
	version   error           // it speaks another version

	asked     map[int64]time.Duration // pings without an answer
	pings     []clock.Ping
	intervals []metrics.Interval // of the run under way, that nobody has taken yet
	chunk     *message.Chunk     // the last one
	lost      *loss              // of the run under way
}

// loss is that an agent was lost.
type loss struct {
	at  time.Duration // in the coordinator's clock
	why string
}

// lose notes that it is lost, and why, unless it was before. With the lock held.
func (p *peer) lose(why string) {
	if p.lost == nil {
		p.lost = &loss{at: p.fleet.now(), why: why}
	}
}

// hear takes a report.
func (f *Fleet) hear(name string, b []byte) {
	r, err := message.DecodeReport(b)
	f.announce(func() {
		p := f.peers[name]
		if p == nil {
			p = &peer{fleet: f, name: name, asked: map[int64]time.Duration{}}
			f.peers[name] = p
			f.pace = message.Pace(len(f.peers))
		}
		if err != nil {
			if errors.Is(err, message.ErrVersion) {
				p.version, p.heard = err, time.Now()
			}
			return // what is not understood is no news of it
		}
		p.take(r, f.now())
	})
}

// take notes what an agent reports at a time of the coordinator's clock.
func (p *peer) take(r message.Report, now time.Duration) {
	switch {
	case p.instance == "" || p.instance != r.Instance && p.silent():
		p.again = p.again || p.instance != ""
		p.instance, p.twin, p.status = r.Instance, "", nil
	case p.instance != r.Instance:
		p.twin, p.twinHeard = r.Instance, time.Now()
		return
	}
	p.heard, p.version = time.Now(), nil
	if r.Status != nil {
		p.status = r.Status
	}
	if r.Pong != nil {
		if sent, ok := p.asked[r.Pong.Ping]; ok {
			delete(p.asked, r.Pong.Ping)
			p.fleet.unanswered--
			p.pings = append(p.pings, clock.Ping{Sent: sent, Received: now, There: r.Pong.At})
		}
	}
	if r.Interval != nil && p.job(r.Interval.Run) != nil && len(p.intervals) < mostWaiting {
		p.intervals = append(p.intervals, r.Interval.Interval)
	}
	if r.Chunk != nil {
		p.chunk = r.Chunk
	}
}

// mostWaiting is how many intervals may wait to be taken: they are for those who watch.
const mostWaiting = 100

// silent reports whether nothing was heard of it for too long.
func (p *peer) silent() bool { return time.Since(p.heard) > p.fleet.silence() }

// silence says for how long nothing was heard of it that is silent.
func (p *peer) silence() string {
	return fmt.Sprintf("nothing was heard of it for %v", p.fleet.silence())
}

// letGo is why it takes no orders of its coordinator any more.
func (p *peer) letGo() string {
	switch {
	case p.again:
		return "it was started again"
	case p.status != nil && p.status.Leaving != "":
		return p.status.Leaving
	}
	return fmt.Sprintf("it had heard nothing of this coordinator for %v and let go", p.fleet.silence())
}

// job is what became of a run there; nil where it has had no such run.
func (p *peer) job(run string) *message.Job {
	if p.status == nil || p.status.Job == nil || p.status.Job.Run != run {
		return nil
	}
	return p.status.Job
}

// kept is what it keeps of a run; nil where that is nothing.
func (p *peer) kept(run string) *message.Kept {
	if p.status == nil {
		return nil
	}
	for i := range p.status.Kept {
		if p.status.Kept[i].Run == run {
			return &p.status.Kept[i]
		}
	}
	return nil
}

// held reports whether it takes the orders of a coordinator.
func (p *peer) held(by message.Coordinator) bool {
	return p.status != nil && p.status.Held != nil && p.status.Held.ID == by.ID
}

// built is what it says of its program.
func (p *peer) built() built { return built{p.status.Host.Tool, p.status.Host.Build} }

// unfit is why it cannot be in the fleet; nil where it can.
func (p *peer) unfit() error {
	switch {
	case p.version != nil:
		return p.version
	case p.status == nil || p.silent():
		return errors.New("nothing is heard of it")
	case p.status.Leaving != "":
		return errors.New(p.status.Leaving)
	case p.twin != "" && time.Since(p.twinHeard) <= p.fleet.silence():
		return errors.New("two agents have that name; give one of them another with --name")
	case !p.built().same(p.fleet.built):
		return fmt.Errorf("it is %s, and this is %s; both have to be of one build",
			p.built(), p.fleet.built)
	case p.status.Held != nil && p.status.Held.ID != p.fleet.self.ID:
		return fmt.Errorf("it takes orders of %s", p.status.Held.Name)
	default:
		return nil
	}
}
