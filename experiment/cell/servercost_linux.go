package cell

import (
	"fmt"
	"os"
	"time"

	"tcpbench/internal/procsched"
	"tcpbench/lab/target"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// serverCost reads what the process of the lab's embedded server spends.
type serverCost struct {
	pid           int
	meters        *target.Meters
	before, after spending
}

// spending is what it has spent since it began. Spun is nil where it does not say.
type spending struct {
	user, system time.Duration
	spun         *time.Duration
	err          error
}

// newServerCost opens the meters of a server, a file of its process by its descriptor
// there; without one there is none, as of a program of the user's.
func newServerCost(pid, meters int) (*serverCost, error) {
	if meters == 0 {
		return nil, nil
	}
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/%d", pid, meters), os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("read what the server costs: %w", err)
	}
	defer f.Close()
	m, err := target.MapMeters(f)
	if err != nil {
		return nil, fmt.Errorf("read what the server costs: %w", err)
	}
	return &serverCost{pid: pid, meters: m}, nil
}

// threads are the server's, with what each spun.
func (c *serverCost) threads() (procsched.Threads, error) {
	t, err := procsched.Process(c.pid)
	if err != nil {
		return nil, err
	}
	return t, t.Spin(c.pid, c.meters.Spun())
}

// begin and end are when load begins, and when the last connection has ended.
func (c *serverCost) begin() {
	if c != nil {
		c.before = c.spent()
	}
}

func (c *serverCost) end() {
	if c != nil {
		c.after = c.spent()
	}
}

func (c *serverCost) spent() spending {
	var s spending
	s.user, s.system, s.err = procsched.CPU(c.pid)
	for _, d := range c.meters.Spun() {
		if s.spun == nil {
			s.spun = new(time.Duration)
		}
		*s.spun += d
	}
	return s
}

// result is what the server spent in between, of which its busiest thread was so busy;
// nil where that was not measured.
func (c *serverCost) result(b exhaustion.Busy) *results.ServerCost {
	if c == nil || c.before.err != nil || c.after.err != nil {
		return nil
	}
	out := &results.ServerCost{
		CPUUserS:   max(c.after.user-c.before.user, 0).Seconds(),
		CPUSystemS: max(c.after.system-c.before.system, 0).Seconds(),
	}
	if c.after.spun != nil {
		spun := *c.after.spun
		if c.before.spun != nil { // else its threads had yet to begin
			spun -= *c.before.spun
		}
		out.SpunS = new(spun.Seconds())
	}
	if b != (exhaustion.Busy{}) {
		out.BusyShare = new(b.Ran)
	}
	return out
}
