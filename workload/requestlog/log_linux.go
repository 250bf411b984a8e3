package requestlog

import (
	"fmt"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"tcpbench/internal/sys"
	"tcpbench/metrics"
)

const (
	// ringRows is how many rows all workers together may be ahead of the writer, and
	// fewestRows how many one of them at least.
	ringRows, fewestRows = 1 << 16, 1 << 12
	// pause is how long the writer sleeps when there is nothing to write.
	pause = 5 * time.Millisecond
	// bufferBytes are written at a time.
	bufferBytes = 256 << 10
)

// Options are what a log is to be.
type Options struct {
	// Path is the file, which is emptied where it exists.
	Path string
	// Rows is how many lines it has at most, without its first.
	Rows int64
	// Workers is how many rings there are, at least 1.
	Workers int
	// Destinations are the names of the targets, as rows count them.
	Destinations []string
}

// Log is the file of a run.
type Log struct {
	options Options
	file    *os.File
	rings   []*Ring
	full    atomic.Bool // no more lines may come
	over    chan struct{}
	ended   chan struct{} // closed by the writer, after which what it counted may be read

	// The writer's.
	lines  lines
	buffer []byte // of lines that are still to be written
	held   int64  // so many
	stats  Stats
}

// Stats is what became of a run's rows.
type Stats struct {
	// Rows were written, and Bytes, those of the first line included.
	Rows, Bytes int64
	// Lost rows came faster than they could be written, or could not be written for Err.
	// Beyond came when there were as many as there may be.
	Lost, Beyond int64
	// CPU is what the writer's thread used.
	CPU time.Duration
	// Err is why the file could not be written; nil where it was.
	Err error
}

// Open makes the file and starts the writer, which ends with Close.
func Open(o Options) (*Log, error) {
	f, err := os.OpenFile(o.Path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open request log: %w", err)
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("open request log: %s is not a regular file", o.Path)
	}
	l := &Log{options: o, file: f, over: make(chan struct{}), ended: make(chan struct{}),
		lines:  lines{fields(o.Destinations), map[metrics.Failure]string{}},
		buffer: append(make([]byte, 0, 2*bufferBytes), header...)}
	size := max(ringRows/pow2(o.Workers), fewestRows)
	for range o.Workers {
		l.rings = append(l.rings, newRing(size, &l.full))
	}
	go l.write() // ends with Close
	return l, nil
}

// pow2 is the lowest power of two that is not below n.
func pow2(n int) int {
	p := 1
	for p < n {
		p *= 2
	}
	return p
}

// Ring is that of a worker, counted from 0.
func (l *Log) Ring(worker int) *Ring { return l.rings[worker] }

// Close writes what is left when all workers have ended, and returns what became of all rows.
func (l *Log) Close() Stats {
	close(l.over)
	<-l.ended
	for _, r := range l.rings {
		l.stats.Lost += r.lost.Load()
		l.stats.Beyond += r.late.Load()
	}
	return l.stats
}

// write is the writer, on a thread of its own, whose time is known.
func (l *Log) write() {
	defer close(l.ended)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	user, system := sys.ThreadUsage()
	for over := false; ; {
		some := false
		for _, r := range l.rings {
			some = r.take(l.add) || some
		}
		if some {
			continue
		}
		if over {
			break
		}
		select {
		case <-l.over:
			over = true // and look once more
		case <-time.After(pause):
		}
	}
	l.flush()
	l.fail(l.file.Close())
	user2, system2 := sys.ThreadUsage()
	l.stats.CPU = user2 + system2 - user - system
}

// add makes a line of a row.
func (l *Log) add(r *Row) {
	s := &l.stats
	switch {
	case s.Err != nil:
		s.Lost++
		return
	case s.Rows+l.held >= l.options.Rows:
		l.full.Store(true)
		s.Beyond++
		return
	}
	l.buffer = l.lines.line(l.buffer, r)
	if l.held++; len(l.buffer) >= bufferBytes {
		l.flush()
	}
}

// flush writes what is held. Of lines that cannot be written all count as lost, though the
// beginning of them may be in the file.
func (l *Log) flush() {
	if _, err := l.file.Write(l.buffer); err != nil {
		l.fail(err)
		l.stats.Lost += l.held
	} else {
		l.stats.Rows, l.stats.Bytes = l.stats.Rows+l.held, l.stats.Bytes+int64(len(l.buffer))
	}
	l.buffer, l.held = l.buffer[:0], 0
}

// fail keeps the first error.
func (l *Log) fail(err error) {
	if err != nil && l.stats.Err == nil {
		l.stats.Err = fmt.Errorf("write request log: %w", err)
	}
}
