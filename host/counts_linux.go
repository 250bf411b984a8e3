package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/host/netns"
	"tcpbench/internal/conntrack"
	"tcpbench/internal/procnet"
	"tcpbench/law/headroom"
)

// counts are files of a network namespace that tell how many sockets there are. They stay
// open, and are read from any namespace.
type counts struct {
	v4, v6, tracked *os.File // v6 and tracked are nil where the kernel has none
	buf             []byte
}

// openCounts opens those of the namespace that the calling thread is in.
func openCounts() (*counts, error) {
	c := &counts{buf: make([]byte, 16<<10)}
	var err error
	if c.v4, err = os.Open("/proc/thread-self/net/sockstat"); err != nil {
		return nil, err
	}
	if c.v6, err = optional("/proc/thread-self/net/sockstat6"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if c.tracked, err = optional("/proc/thread-self/net/stat/nf_conntrack"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// optional is nil where there is no such file.
func optional(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

func (c *counts) close() error {
	var errs []error
	for _, f := range []*os.File{c.v4, c.v6, c.tracked} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// text is that of one of the files; "" of none.
func (c *counts) text(f *os.File) (string, error) {
	if f == nil {
		return "", nil
	}
	var err error
	c.buf, err = whole(c.buf, func(b []byte, at int64) (int, error) { return unix.Pread(int(f.Fd()), b, at) })
	return string(c.buf), os.NewSyscallError("pread", err)
}

// whole reads all of a file into b, which it grows. The kernel returns whole lines of a page
// at most, whatever is asked for (seq_read_iter): of a line for each processor, some 25.
func whole(b []byte, pread func(b []byte, at int64) (int, error)) ([]byte, error) {
	b = b[:0]
	for {
		if len(b) == cap(b) {
			b = slices.Grow(b, max(len(b), 1))
		}
		n, err := pread(b[len(b):cap(b)], int64(len(b)))
		if n == 0 || err != nil {
			return b, err
		}
		b = b[:len(b)+n]
	}
}

// read counts sockets, and tracked connections without their limit; nil where none are.
func (c *counts) read() (procnet.SocketCount, *netns.Conntrack, error) {
	v4, err := c.text(c.v4)
	if err != nil {
		return procnet.SocketCount{}, nil, err
	}
	v6, err := c.text(c.v6)
	if err != nil {
		return procnet.SocketCount{}, nil, err
	}
	n, err := procnet.SocketsIn(v4, v6)
	if err != nil || c.tracked == nil {
		return n, nil, err
	}
	tracked, err := c.text(c.tracked)
	if err != nil {
		return n, nil, err
	}
	entries, s, err := conntrack.ParseStats(tracked)
	if err != nil {
		return n, nil, err
	}
	return n, &netns.Conntrack{Count: entries, InsertFailed: s.InsertFailed, Drop: s.Drop, EarlyDrop: s.EarlyDrop}, nil
}

// space is a network namespace that is watched.
type space struct {
	seen    netns.Space // last
	sockets *Sockets
	counts  *counts
	watch   *headroom.Watch
	most    int // nf_conntrack_max; 0 where it is not known

	listed int       // sockets when they were last listed
	last   time.Time // when that was; zero is never
}

// When sockets are listed, which takes a walk through the kernel's one table of the
// connections of all namespaces, of which 100,000 took 12 ms: where their number has
// changed by so many hundredths of the ports, or ports run out soon, in each round; where
// many ports are in use, every few seconds; else now and then, if that costs little enough.
const (
	changeShare = 1  // hundredths of the ports
	busyShare   = 10 // likewise
	busy        = 5 * time.Second
	quiet       = 30 * time.Second
	soon        = 2 * time.Minute
)

// need is how much a namespace needs its sockets listed.
type need int

const (
	none need = iota
	spare
	must
)

// openSpace makes ready to watch a namespace.
func openSpace(id netns.Namespace, top int) (*space, error) {
	path := "/proc/" + strconv.Itoa(id.PID) + "/ns/net"
	if id.PID == 0 {
		path = id.File
	}
	s, err := OpenIn(path)
	if err != nil {
		return nil, err
	}
	if s.inode != id.Inode {
		err := fmt.Errorf("network namespace %d: %s is %d now: %w", id.Inode, path, s.inode, unix.ENOENT)
		return nil, errors.Join(err, s.Close())
	}
	sp := &space{seen: netns.Space{Namespace: id}, sockets: s, watch: headroom.NewWatch(top)}
	err = s.network.In(0, func() (err error) { sp.counts, err = openCounts(); return err })
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return sp, nil
}

func (sp *space) close() error { return errors.Join(sp.counts.close(), sp.sockets.Close()) }

// look reads what is due at a time; may tells whether what need not be listed is.
func (sp *space) look(at time.Time, may func() bool) (netns.Space, error) {
	n, tracked, err := sp.counts.read()
	if err != nil {
		return netns.Space{}, err
	}
	all := n.InUse + n.TimeWaits
	if need := sp.needs(at, all); need == must || need == spare && may() {
		if err := sp.list(); err != nil {
			return netns.Space{}, err
		}
		sp.listed, sp.last = all, at
	}
	if tracked != nil {
		tracked.Max = sp.most
	}
	sp.seen.Sockets, sp.seen.TimeWaits, sp.seen.Conntrack = n.InUse, n.TimeWaits, tracked
	return sp.seen, nil
}

// needs is what a namespace with n sockets needs.
func (sp *space) needs(at time.Time, n int) need {
	ports, changed, since := sp.seen.Headroom.Capacity, max(n-sp.listed, sp.listed-n), at.Sub(sp.last)
	switch {
	case sp.last.IsZero():
		return must
	case n == 0 && sp.listed == 0:
		return none
	case n == 0 || sp.listed == 0 || 100*changed >= changeShare*ports || sp.seen.Ends() < soon.Seconds():
		return must
	case 100*n >= busyShare*ports && since >= busy:
		return must
	case since >= quiet:
		return spare
	default:
		return none
	}
}

// list lists the sockets, and reads the settings.
func (sp *space) list() error {
	r, _, err := sp.sockets.Read()
	if err != nil {
		return err
	}
	sp.seen.Headroom = sp.watch.Observe(r)
	if sp.counts.tracked == nil {
		return nil
	}
	return sp.sockets.network.In(0, func() error {
		sp.most, _ = strconv.Atoi(sysctlNow("net.netfilter.nf_conntrack_max")) // "" is not known
		return nil
	})
}
