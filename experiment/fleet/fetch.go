package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tcpbench/experiment/fleet/message"
	"tcpbench/results"
)

// fetchWithin is for how long a part of a result may not come.
const fetchWithin = 10 * time.Second

// fetch gets what each agent keeps of the run onto this disk, those that were lost included
// where they are there again. The error is this disk's.
func (m *measurement) fetch() error {
	var all sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, p := range m.allMembers() {
		all.Go(func() {
			if err := m.get(p); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func (f *Fleet) allMembers() []*peer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*peer(nil), f.members...)
}

// get gets one agent's. An agent whose result cannot be had is lost.
func (m *measurement) get(p *peer) error {
	m.await(context.Background(), grace, func() bool { return m.atRest(p) })
	m.mu.Lock()
	var kept *message.Kept
	if k := p.kept(m.run); k != nil && !p.silent() {
		one := *k
		kept = &one
	}
	m.mu.Unlock()
	if kept == nil {
		m.lose(p, "it has no result")
		return nil
	}
	m.holdAgain(p)
	data, err := m.pull(p, *kept)
	if err != nil {
		m.lose(p, err.Error())
		return nil
	}
	if err := results.WriteFile(m.partPath(m.run, p.name, kept.Journal), data); err != nil {
		return fmt.Errorf("keep the result of agent %s: %w; it has it still, and `tcpbench fleet collect --dir %s` "+
			"gets it", p.name, err, m.options.Dir)
	}
	for range takenTries { // it forgets what it has heard is taken
		m.order(p.name, message.Order{Taken: m.run})
		if m.await(context.Background(), resend, func() bool { return p.kept(m.run) == nil || p.silent() }) {
			break
		}
	}
	return nil
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
func (f *Fleet) holdAgain(p *peer) {
	f.mu.Lock()
	held := p.held(f.self)
	f.mu.Unlock()
	if !held {
		f.order(p.name, message.Order{Hold: true})
		f.await(context.Background(), message.Lost, func() bool { return p.held(f.self) })
	}
}

// lose notes why there is no result of an agent.
func (m *measurement) lose(p *peer, why string) {
	m.announce(func() {
		if p.lost == nil {
			p.lost = &loss{at: m.now(), why: why}
		}
	})
}

// mostBytes is how long a result may be: an hour's, at the finest interval, has some 100 MB.
const mostBytes = 1 << 30

// pull gets all of what an agent keeps, part by part.
func (f *Fleet) pull(p *peer, k message.Kept) ([]byte, error) {
	if k.Bytes > mostBytes {
		return nil, fmt.Errorf("its result has %d bytes, and none has more than %d", k.Bytes, int64(mostBytes))
	}
	data := make([]byte, 0, min(k.Bytes, 64<<20))
	last := time.Now()
	for int64(len(data)) < k.Bytes {
		part, ok := f.part(p, k.Run, int64(len(data)))
		switch {
		case ok && int64(len(part)) == min(message.ChunkBytes, k.Bytes-int64(len(data))):
			data, last = append(data, part...), time.Now()
		case time.Since(last) > fetchWithin:
			return nil, fmt.Errorf("%d of %d bytes of its result came, and no more within %v; it has it still",
				len(data), k.Bytes, fetchWithin)
		}
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != k.Sum {
		return nil, errors.New("its result has not come as it was sent (SHA-256); it has it still")
	}
	return data, nil
}

// part asks for the bytes from an offset on, and waits for them for a while.
func (f *Fleet) part(p *peer, run string, offset int64) ([]byte, bool) {
	f.order(p.name, message.Order{Give: &message.Give{Run: run, Offset: offset}})
	var data []byte
	ok := f.await(context.Background(), resend, func() bool {
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
