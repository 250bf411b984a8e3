package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/internal/fault"
	"tcpbench/results"
)

// fetchWithin is for how long a part of a result may not come.
const fetchWithin = 10 * time.Second

// fetchAtOnce is of how many agents results come at a time. Each part waits for its order's
// way there and back, so that so many keep a line busy, and no more than a part of each
// ([message.ChunkBytes]) is in memory.
const fetchAtOnce = 16

// fetch gets what each agent keeps of the run onto this disk, those that were lost included
// where they are there again. The error is this disk's, or that ctx is done.
func (m *measurement) fetch(ctx context.Context) error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	members := make(chan *peer)
	for range fetchAtOnce {
		all.Go(func() {
			for p := range members {
				if err := m.get(ctx, p); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range m.allMembers() {
		members <- p
	}
	close(members)
	all.Wait()
	if ctx.Err() != nil {
		return fault.Interrupted(fmt.Errorf("interrupted while the agents' results came; what they have still is "+
			"got by %s", m.options.Collect))
	}
	return errors.Join(errs...)
}

func (f *Fleet) allMembers() []*peer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*peer(nil), f.members...)
}

// get gets one agent's. An agent whose result cannot be had is lost.
func (m *measurement) get(ctx context.Context, p *peer) error {
	m.await(ctx, grace, func() bool { return m.atRest(p) })
	if ctx.Err() != nil {
		return nil // it has its result still
	}
	m.mu.Lock()
	var kept *message.Kept
	why := "it has no result"
	switch k := p.kept(m.run); {
	case p.silent():
		why = p.silence()
	case k != nil && p.status.Leaving != "": // it gives nothing any more
		why = p.status.Leaving
	case k != nil:
		one := *k
		kept = &one
	}
	m.mu.Unlock()
	if kept == nil {
		m.lose(p, why)
		return nil
	}
	m.holdAgain(ctx, p)
	err := results.WriteStream(m.partPath(m.run, p.name, kept.Journal), func(w io.Writer) error {
		return m.pull(ctx, p, *kept, w)
	})
	var bad *badResult
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.As(err, &bad):
		m.lose(p, bad.why)
		return nil
	case err != nil:
		return fmt.Errorf("keep the result of agent %s: %w; it has it still, which is got by %s", p.name, err,
			m.options.Collect)
	}
	if !m.readable(p) {
		return nil
	}
	for range takenTries { // it forgets what it has heard is taken
		m.order(p.name, message.Order{Taken: m.run})
		if m.await(ctx, resend, func() bool { return p.kept(m.run) == nil || p.silent() }) || ctx.Err() != nil {
			break
		}
	}
	return nil
}

// readable reports whether what came of an agent can be read, one at a time, as it may be long;
// else the agent is lost, and both copies stay.
func (m *measurement) readable(p *peer) bool {
	m.reading.Lock()
	_, err := m.readPart(m.run, p.name)
	m.reading.Unlock()
	if err != nil {
		m.lose(p, fmt.Sprintf("its result cannot be read: %v; it has it still", err))
	}
	return err == nil
}

// takenTries is how often an agent is told that its result is taken.
const takenTries = 3

// atRest reports whether an agent has written what it measured, or is not going to. With the
// lock held.
func (m *measurement) atRest(p *peer) bool {
	j := p.job(m.run)
	return p.silent() || p.kept(m.run) != nil || j == nil || j.State == message.Done || j.State == message.Refused
}

// holdAgain has an agent take orders that has let go of this coordinator.
func (f *Fleet) holdAgain(ctx context.Context, p *peer) {
	f.mu.Lock()
	held := p.held(f.self)
	f.mu.Unlock()
	if !held {
		f.order(p.name, message.Order{Hold: true})
		f.await(ctx, message.Lost, func() bool { return p.held(f.self) })
	}
}

// lose notes why there is no result of an agent.
func (m *measurement) lose(p *peer, why string) {
	m.announce(func() { p.lose(why) })
}

// mostBytes is how long a result may be: an hour's, at the finest interval, has some 100 MB.
const mostBytes = 1 << 30

// badResult is that an agent's result cannot be had as it says that it is.
type badResult struct{ why string }

func (b *badResult) Error() string { return b.why }

func bad(format string, args ...any) error { return &badResult{fmt.Sprintf(format, args...)} }

// pull writes all of what an agent keeps, part by part. The error is a [badResult], or of the
// writing, or ctx's.
func (f *Fleet) pull(ctx context.Context, p *peer, k message.Kept, w io.Writer) error {
	if k.Bytes > mostBytes {
		return bad("its result has %d bytes, and none has more than %d", k.Bytes, int64(mostBytes))
	}
	sum, came, last := sha256.New(), int64(0), time.Now()
	for came < k.Bytes {
		part, ok := f.part(ctx, p, k.Run, came)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case ok && int64(len(part)) == min(message.ChunkBytes, k.Bytes-came):
			sum.Write(part) // never an error
			if _, err := w.Write(part); err != nil {
				return err
			}
			came, last = came+int64(len(part)), time.Now()
		case time.Since(last) > fetchWithin:
			return bad("%d of %d bytes of its result came, and no more within %v; it has it still", came,
				k.Bytes, fetchWithin)
		}
	}
	if hex.EncodeToString(sum.Sum(nil)) != k.Sum {
		return bad("its result has not come as it was sent (SHA-256); it has it still")
	}
	return nil
}

// part asks for the bytes from an offset on, and waits for them for a while.
func (f *Fleet) part(ctx context.Context, p *peer, run string, offset int64) ([]byte, bool) {
	f.order(p.name, message.Order{Give: &message.Give{Run: run, Offset: offset}})
	var data []byte
	ok := f.await(ctx, resend, func() bool {
		if c := p.chunk; c != nil && c.Run == run && c.Offset == offset {
			data, p.chunk = c.Data, nil
			return true
		}
		return false
	})
	return data, ok
}

// partPath is the file with what an agent had of a run.
func (f *Fleet) partPath(run, agent string, journal bool) string {
	path := filepath.Join(f.options.Dir, run, agent+".json")
	if journal {
		path = results.JournalPath(path)
	}
	return path
}

// readPart is what an agent had of a run; nil where there is nothing.
func (f *Fleet) readPart(run, agent string) (*results.Run, error) {
	for _, journal := range []bool{false, true} {
		r, err := results.ReadEither(f.partPath(run, agent, journal))
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return r, err
		}
	}
	return nil, nil
}
