package host

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/host/netns"
	"tcpbench/internal/fault"
	"tcpbench/internal/machine"
	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/internal/sys"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/law/headroom"
)

// Sockets reads the use of local ports again and again. It is not safe for
// concurrent use.
type Sockets struct {
	lister *sockdiag.Lister
	now    func() time.Time
	// network is where the settings are read: empty is where this process is.
	network sys.Networks
	file    *os.File // that network; nil likewise
	inode   uint64   // its number; 0 of [Open]

	// What one reading has grown, the next one uses again.
	index  map[headroom.Pair]int32
	uses   []headroom.Use
	listen [math.MaxUint16 + 1]bool
	// Ports of connections that count, and the law of this reading.
	usable [math.MaxUint16 + 1]bool
	law    capacity.Settings
}

// Open makes ready to read; Close frees it.
func Open() (*Sockets, error) { return openIn(nil, 0) }

// OpenIn is Open in the network namespace that a file is: /proc/PID/ns/net, or what `ip
// netns` made. Close closes the file too.
func OpenIn(path string) (*Sockets, error) {
	inode, err := netns.Inode(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.Host(fmt.Errorf("network namespace: %w; that of another user's process takes "+
			"CAP_SYS_PTRACE, as root has", err))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Usage(fmt.Errorf("network namespace: %w; there is no such process, or no such name of "+
			"`ip netns`", err))
	case err != nil:
		return nil, fault.Usage(fmt.Errorf("network namespace: %w", err))
	}
	if own, err := netns.Inode("/proc/thread-self/ns/net"); err == nil && own == inode {
		return openIn(nil, inode) // for which one needs no privilege
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Host(fmt.Errorf("network namespace: %w", err))
	}
	if inode, err = netns.InodeOf(f); err != nil {
		return nil, errors.Join(fault.Host(fmt.Errorf("network namespace: %w", err)), f.Close())
	}
	s, err := openIn(f, inode)
	if err != nil {
		f.Close()
		if errors.Is(err, unix.EPERM) {
			err = fault.Host(fmt.Errorf("network namespace %s: %w; %s", path, unix.EPERM, privilege))
		}
		return nil, err
	}
	return s, nil
}

// privilege is what one needs to enter a network namespace (setns(2)).
const privilege = "it takes CAP_SYS_ADMIN in the user namespace that owns it, as root has"

// filesOfOne is how many descriptors a namespace takes that is read again and again.
const filesOfOne = 5

// openIn reads where this process is if f is nil, and in the network namespace f otherwise.
func openIn(f *os.File, inode uint64) (*Sockets, error) {
	var in sys.Networks
	if f != nil {
		in = sys.Networks{int(f.Fd())}
	}
	l, err := sockdiag.OpenIn(in)
	if errors.Is(err, unix.EPERM) && f != nil {
		return nil, err
	}
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		return nil, fault.Host(fmt.Errorf("%w; raise the limit of open files (ulimit -n, LimitNOFILE=): a network "+
			"namespace takes %d of them", err, filesOfOne))
	}
	if err != nil {
		return nil, fault.Host(fmt.Errorf("%w; the kernel needs CONFIG_INET_DIAG (modprobe tcp_diag), "+
			"and a sandbox must allow netlink sockets", err))
	}
	return &Sockets{lister: l, now: time.Now, network: in, file: f, inode: inode, index: map[headroom.Pair]int32{}}, nil
}

// StillAt is an error where the file that OpenIn was given is that namespace no longer: its
// process has ended or is in another one, or its name was deleted. It could be read all the
// same, and nobody would be in it.
func (s *Sockets) StillAt(path string) error {
	inode, err := netns.Inode(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.Host(fmt.Errorf("network namespace %s is there no longer: its process has ended, or its name was "+
			"deleted", path))
	case err != nil:
		return fault.Host(fmt.Errorf("network namespace: %w", err))
	case inode != s.inode:
		return fault.Host(fmt.Errorf("network namespace %s is %d now, and was %d: start again to see that one", path,
			inode, s.inode))
	default:
		return nil
	}
}

// noTCP says what a kernel lacks whose sock_diag knows no TCP.
func noTCP(err error) error {
	return fault.Host(fmt.Errorf("%w; the kernel needs CONFIG_INET_TCP_DIAG (modprobe tcp_diag)", err))
}

// Close frees what Open took.
func (s *Sockets) Close() error {
	err := s.lister.Close()
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
	}
	return err
}

// Ports are the local ports that connect(2) may pick from.
type Ports struct {
	Range capacity.Range
	// Reserved and Listening count those of the range that it may not.
	Reserved, Listening int
	Law                 capacity.Settings
}

// Read reads what uses the local ports. What it returns is valid until the
// next call.
func (s *Sockets) Read() (headroom.Reading, Ports, error) {
	var p Ports
	err := s.network.In(0, func() (err error) { p, err = s.ports(); return err })
	if err != nil {
		return headroom.Reading{}, p, err
	}
	clear(s.index)
	s.uses = s.uses[:0]
	at := s.now()
	err = s.lister.Connections(uint16(p.Range.Lo), uint16(p.Range.Hi), sockdiag.AnyState, s.count)
	if err != nil {
		return headroom.Reading{}, p, noTCP(err)
	}
	r := headroom.Reading{At: at, Law: p.Law, Uses: s.uses}
	err = s.network.In(0, func() (err error) { r.TimeWaits, err = procnet.TimeWaits("thread-self"); return err })
	if err != nil {
		return r, p, fault.Host(err)
	}
	return r, p, nil
}

// ports reads the range, less what no connect(2) can have. A port with a
// listener is none, whatever the address: __inet_hash_connect passes over
// every port that was bound explicitly. So it does over those of connections that
// were, but sock_diag does not say which: those count for their own pair alone.
func (s *Sockets) ports() (Ports, error) {
	values := lab.SysctlValues(capacity.SysctlNames())
	local, reserved, err := capacity.PortsFromSysctls(values)
	if err != nil {
		return Ports{}, fault.Host(err)
	}
	clear(s.listen[:])
	if err := s.lister.Listeners(func(l sockdiag.Listener) { s.listen[l.Addr.Port()] = true }); err != nil {
		return Ports{}, noTCP(err)
	}
	p := Ports{Range: local, Law: capacity.FromSysctls(values)}
	ports := capacity.Ports(local, capacity.Range{}, reserved)
	p.Law = p.Law.On(machine.HZ(), machine.Kernel())
	p.Law.OddRange = local.Misses(ports)
	clear(s.usable[:])
	for _, port := range ports {
		if s.listen[port] {
			p.Listening++
			continue
		}
		p.Law.Ports++
		s.usable[port] = true
	}
	p.Law.Barred = s.barred(reserved)
	p.Reserved = local.Len() - p.Law.Ports - p.Listening
	s.law = p.Law
	return p, nil
}

// barred is how many ports of the widest range are reserved or have a listener.
func (s *Sockets) barred(reserved []capacity.Range) int {
	widest := capacity.Widest()
	n := capacity.Barred(widest, reserved)
	for port := widest.Lo; port <= widest.Hi; port++ {
		if !s.listen[port] {
			continue
		}
		in := func(r capacity.Range) bool { return r.Lo <= port && port <= r.Hi }
		if !slices.ContainsFunc(reserved, in) {
			n++
		}
	}
	return n
}

// count adds a connection to its pair. One that a listener of the range has
// accepted uses that one port, which is nobody else's anyway, and one on a reserved
// port takes none of those that connect(2) may pick.
func (s *Sockets) count(c sockdiag.Connection) {
	if !s.usable[c.Local.Port()] {
		return
	}
	u := s.use(headroom.Pair{Source: c.Local.Addr(), Destination: c.Peer})
	switch {
	case c.TimeWait:
		u.AddTimeWait(c.Expires)
	case c.State == sockdiag.FinWait2 && c.Kept:
		u.AddHalf(c.Expires, s.law.FinTimeout)
	case c.State == sockdiag.FinWait2 && c.Orphan && s.law.FinTwice: // the first of two timers
		u.AddHalf(c.Expires+s.law.FinTimeout/2, s.law.FinTimeout)
	default:
		u.Open++
	}
}

func (s *Sockets) use(p headroom.Pair) *headroom.Use {
	i, ok := s.index[p]
	if !ok {
		i = int32(len(s.uses))
		s.index[p] = i
		s.uses = append(s.uses, headroom.Use{Pair: p})
	}
	return &s.uses[i]
}
