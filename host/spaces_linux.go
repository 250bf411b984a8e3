package host

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/host/netns"
	"tcpbench/internal/sys"
)

// Spaces reads the use of local ports in every network namespace of the host, again and
// again. It is not safe for concurrent use.
type Spaces struct {
	most, top int
	find      func(map[uint64]netns.Namespace) (netns.Found, error)
	now       func() time.Time

	open   map[uint64]*space
	known  map[uint64]netns.Namespace
	view   netns.View // what the last walk says of those that are not watched
	walked time.Time

	// spent is how much CPU time listing sockets that need not be listed took beyond what
	// it may.
	spent  time.Duration
	before time.Time
}

// spareShare is how much of a core that may take, in hundredths.
const spareShare = 1

// walkEvery is how often one looks for namespaces that are new or have ended.
const walkEvery = 5 * time.Second

// OpenSpaces watches so many namespaces at most, and reports so many pairs of each one by
// one. Close frees it.
func OpenSpaces(most, top int) *Spaces {
	return &Spaces{most: most, top: top, find: netns.Find, now: time.Now, open: map[uint64]*space{}}
}

// Close frees what was opened.
func (s *Spaces) Close() error {
	var errs []error
	for _, sp := range s.open {
		errs = append(errs, sp.close())
	}
	return errors.Join(errs...)
}

// Read reads all of them. One that cannot be read is counted, and looked for again.
func (s *Spaces) Read() (netns.View, error) {
	at := s.now()
	if at.Sub(s.walked) >= walkEvery {
		if err := s.walk(); err != nil {
			return netns.View{}, err
		}
		s.walked = at
	}
	v := s.view
	v.At, v.Spaces = at, []netns.Space{}
	s.earn(at)
	for _, inode := range s.longest() {
		sp := s.open[inode]
		seen, err := s.look(sp, at)
		if err != nil {
			v.Failures++
			delete(s.open, inode)
			_ = sp.close() // it is given up
			continue
		}
		v.Spaces = append(v.Spaces, seen)
	}
	v.Sort()
	return v, nil
}

// earn lets so much be spent as the time since the last reading allows.
func (s *Spaces) earn(at time.Time) {
	if !s.before.IsZero() {
		s.spent = max(s.spent-at.Sub(s.before)*spareShare/100, 0)
	}
	s.before = at
}

// longest are those that are watched, the one first that was not listed for longest.
func (s *Spaces) longest() []uint64 {
	return slices.SortedFunc(maps.Keys(s.open), func(a, b uint64) int {
		return cmp.Or(s.open[a].last.Compare(s.open[b].last), cmp.Compare(a, b))
	})
}

// look looks at one, and counts what that costs if it was not needed.
func (s *Spaces) look(sp *space, at time.Time) (netns.Space, error) {
	before := time.Duration(-1)
	seen, err := sp.look(at, func() bool {
		if s.spent > 0 {
			return false
		}
		before = cpuTime()
		return true
	})
	if before >= 0 {
		s.spent += cpuTime() - before
	}
	return seen, err
}

// cpuTime is what this process has taken.
func cpuTime() time.Duration {
	user, system := sys.ProcessUsage()
	return user + system
}

// walk opens namespaces that are new, and lets those go that have ended, which only lasted
// because they were watched.
func (s *Spaces) walk() error {
	found, err := s.find(s.known)
	if err != nil {
		return err
	}
	s.known = map[uint64]netns.Namespace{}
	for _, n := range found.Namespaces {
		s.known[n.Inode] = n
	}
	for inode, sp := range s.open {
		if n, ok := s.known[inode]; ok {
			sp.seen.Namespace = n
			continue
		}
		delete(s.open, inode)
		if err := sp.close(); err != nil {
			return err
		}
	}
	s.view = netns.View{Hidden: found.Hidden}
	// The host's first, which is what most depends on.
	slices.SortStableFunc(found.Namespaces, func(a, b netns.Namespace) int { return rank(a) - rank(b) })
	for _, n := range found.Namespaces {
		s.take(n)
	}
	return nil
}

func rank(n netns.Namespace) int {
	if n.First {
		return 0
	}
	return 1
}

// take watches one more, or says why not.
func (s *Spaces) take(n netns.Namespace) {
	if s.open[n.Inode] != nil {
		return
	}
	if len(s.open) >= s.most {
		s.view.Beyond++
		return
	}
	sp, err := openSpace(n, s.top)
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		s.view.Unwatched = append(s.view.Unwatched, netns.Unwatched{Namespace: n,
			Why: "not permitted: " + privilege})
	case errors.Is(err, unix.ENOENT): // it has just ended
	case err != nil:
		s.view.Unwatched = append(s.view.Unwatched, netns.Unwatched{Namespace: n, Why: err.Error()})
	default:
		s.open[n.Inode] = sp
	}
}
