package sockdiag

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// struct inet_diag_sockid in linux/inet_diag.h:
//
//	__be16 idiag_sport, idiag_dport;
//	__be32 idiag_src[4], idiag_dst[4];
//	__u32  idiag_if, idiag_cookie[2];
type sockID struct {
	sport, dport [2]byte
	src, dst     [16]byte
	ifindex      uint32
	cookie       [2]uint32
}

// struct inet_diag_req_v2:
//
//	__u8  sdiag_family, sdiag_protocol, idiag_ext, pad;
//	__u32 idiag_states;
//	struct inet_diag_sockid id;
type request struct {
	family, protocol, ext, pad uint8
	states                     uint32
	id                         sockID
}

// struct inet_diag_msg:
//
//	__u8 idiag_family, idiag_state, idiag_timer, idiag_retrans;
//	struct inet_diag_sockid id;
//	__u32 idiag_expires, idiag_rqueue, idiag_wqueue, idiag_uid, idiag_inode;
type message struct {
	_, state, timer, retrans uint8
	id                       sockID
	expires                  uint32
	rqueue, wqueue           uint32
	_, inode                 uint32
}

const (
	requestSize = 56
	messageSize = 72

	receiveBuffer = 64 << 10
)

// States is a set of TCP states, a bit each (include/net/tcp_states.h).
type States uint32

// State is one TCP state.
type State uint8

// The states of connections that are being closed (include/net/tcp_states.h).
const (
	FinWait1 State = 4
	// FinWait2: the peer has acknowledged this side's FIN, and has not sent its
	// own. The kernel keeps an orphan in it as it keeps a TIME_WAIT.
	FinWait2  State = 5
	CloseWait State = 8
	LastAck   State = 9
	Closing   State = 11
)

const (
	stateTimeWait = 6

	// timerKeepalive is sk_timer, which probes idle connections
	// (inet_sk_diag_fill).
	timerKeepalive = 2
	// timerRetransmit is that of what has no ACK yet.
	timerRetransmit = 1
	// timerTimeWait is that of what is kept as a TIME_WAIT (inet_twsk_diag_fill).
	timerTimeWait = 3

	overStates = 1<<FinWait1 | 1<<FinWait2 | 1<<stateTimeWait | 1<<LastAck | 1<<Closing

	timeWait = 1 << stateTimeWait
	closed   = 1 << 7
	listen   = 1 << 10

	// AnyState holds a local port towards a peer: all but CLOSE and LISTEN.
	AnyState States = 1<<13 - 2 - closed - listen
	// NotTimeWait are the states of connections that are not over.
	NotTimeWait = AnyState - timeWait
)

// Socket is what the kernel reports of one socket.
type Socket struct {
	State State
	// Over tells that this side has closed the connection: it is in
	// FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT, LAST_ACK or CLOSING.
	Over bool
	// TimeWait tells that the connection holds its port only.
	TimeWait bool
	// Expires is when its timer ends: for a TIME_WAIT, when the port is free.
	Expires time.Duration
	// Kept tells that the kernel keeps it as it keeps a TIME_WAIT, and Orphan that no
	// program has it any more: its timer ends it.
	Kept, Orphan bool
	// Keepalive tells that the timer is that of SO_KEEPALIVE on a connection that
	// is open, and Probes how many probes have had no answer so far.
	Keepalive bool
	Probes    int
	// Cookie is the kernel's number of the socket, which no other has (SO_COOKIE).
	Cookie uint64
	// Resent counts how often what has no ACK was sent again.
	Resent int
}

// Lister asks the kernel again and again. It belongs to the network namespaces
// in which it was opened, and tells of the sockets of all of them; it is not safe for
// concurrent use.
type Lister struct {
	fds []int // a socket to ask through in each
	seq uint32
	buf []byte
}

// Open opens what asks in the network namespace of the calling thread. Close frees it.
func Open() (*Lister, error) { return OpenIn(nil) }

// OpenIn opens what asks in every one of some network namespaces.
func OpenIn(networks sys.Networks) (*Lister, error) {
	c := &Lister{buf: make([]byte, receiveBuffer)}
	err := networks.Each(func() error {
		fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
		if err == nil {
			c.fds = append(c.fds, fd)
		}
		return os.NewSyscallError("socket", err)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open sock_diag: %w", err), c.Close())
	}
	return c, nil
}

// Close frees its sockets.
func (c *Lister) Close() error {
	var errs []error
	for _, fd := range c.fds {
		errs = append(errs, os.NewSyscallError("close", unix.Close(fd)))
	}
	return errors.Join(errs...)
}

// Towards calls each with every socket in the given states whose peer is one
// of dsts: with AnyState, those that use a local port towards them. It is one
// dump for each address family, however many there are.
func (c *Lister) Towards(dsts []netip.AddrPort, states States, each func(Socket)) error {
	for _, is4 := range []bool{true, false} {
		of := slices.DeleteFunc(slices.Clone(dsts), func(d netip.AddrPort) bool { return d.Addr().Is4() != is4 })
		if len(of) == 0 {
			continue
		}
		w := newWanted(of)
		tell := func(body []byte) {
			if w.has(peer(body)) {
				each(socket(body))
			}
		}
		if err := c.dump(w.question(states), tell); err != nil {
			return fmt.Errorf("list sockets towards %s: %w", w, err)
		}
	}
	return nil
}

// question is which sockets the kernel is to tell.
type question struct {
	family uint8
	states States
	port   uint16 // of the peer; 0 is every one
	filter filter // the zero value is none
}

// dump calls each with a struct inet_diag_msg for every socket asked for. It
// is valid until each returns.
func (c *Lister) dump(q question, each func(body []byte)) error {
	req := struct {
		unix.NlMsghdr
		request
		filter
	}{
		unix.NlMsghdr{Type: unix.SOCK_DIAG_BY_FAMILY},
		request{family: q.family, protocol: unix.IPPROTO_TCP, states: uint32(q.states)},
		q.filter,
	}
	binary.BigEndian.PutUint16(req.id.dport[:], q.port)
	size := unsafe.Sizeof(req)
	if q.filter == (filter{}) {
		size -= unsafe.Sizeof(req.filter)
	}
	return c.ask(unsafe.Pointer(&req), size, each)
}

// ask sends a request for a dump, which begins with a struct nlmsghdr and has so many
// bytes, and calls each with every answer.
func (c *Lister) ask(req unsafe.Pointer, size uintptr, each func(body []byte)) error {
	c.seq++
	h := (*unix.NlMsghdr)(req)
	h.Len, h.Flags, h.Seq = uint32(size), unix.NLM_F_REQUEST|unix.NLM_F_DUMP, c.seq
	b := unsafe.Slice((*byte)(req), size)
	for _, fd := range c.fds {
		if err := unix.Sendto(fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return os.NewSyscallError("sendto", err)
		}
		if err := c.receive(fd, each); err != nil {
			return err
		}
	}
	return nil
}

// receive reads the answer to its end.
func (c *Lister) receive(fd int, each func(body []byte)) error {
	for {
		n, _, err := unix.Recvfrom(fd, c.buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		if done, err := parse(c.buf[:n], c.seq, each); done || err != nil {
			return err
		}
	}
}

// parse tells the sockets in one datagram of the dump that has the given
// sequence number; done tells that it was the last.
func parse(b []byte, seq uint32, each func(body []byte)) (done bool, err error) {
	for len(b) >= unix.SizeofNlMsghdr {
		h := unix.NlMsghdr{
			Len:  binary.NativeEndian.Uint32(b),
			Type: binary.NativeEndian.Uint16(b[4:]),
			Seq:  binary.NativeEndian.Uint32(b[8:]),
		}
		if h.Len < unix.SizeofNlMsghdr || int(h.Len) > len(b) {
			return true, fmt.Errorf("netlink message of %d bytes in %d", h.Len, len(b))
		}
		body := b[unix.SizeofNlMsghdr:h.Len]
		b = b[min(int(h.Len+3)&^3, len(b)):]
		switch {
		case h.Seq != seq: // left over from a dump that was given up
		case h.Type == unix.NLMSG_DONE:
			return true, nil
		case h.Type == unix.NLMSG_ERROR:
			return true, netlinkError(body)
		case len(body) >= messageSize:
			each(body)
		}
	}
	return false, nil
}

func netlinkError(body []byte) error {
	if len(body) < 4 {
		return fmt.Errorf("netlink error of %d bytes", len(body))
	}
	return os.NewSyscallError("sock_diag", unix.Errno(-int32(binary.NativeEndian.Uint32(body))))
}

// socket is what a struct inet_diag_msg tells.
func socket(body []byte) Socket {
	state := body[unsafe.Offsetof(message{}.state)]
	s := Socket{
		State:    State(state),
		Over:     overStates>>state&1 == 1,
		TimeWait: state == stateTimeWait,
		Expires:  time.Duration(field(body, unsafe.Offsetof(message{}.expires))) * time.Millisecond,
		Kept:     body[unsafe.Offsetof(message{}.timer)] == timerTimeWait,
		Orphan:   field(body, unsafe.Offsetof(message{}.inode)) == 0,
		Cookie:   uint64(field(body, cookie)) | uint64(field(body, cookie+4))<<32,
	}
	if !s.Over && body[unsafe.Offsetof(message{}.timer)] == timerKeepalive {
		s.Keepalive, s.Probes = true, int(body[unsafe.Offsetof(message{}.retrans)])
	}
	if timer := body[unsafe.Offsetof(message{}.timer)]; timer == timerRetransmit {
		s.Resent = int(body[unsafe.Offsetof(message{}.retrans)])
	}
	return s
}

// field is a __u32 of a struct inet_diag_msg.
func field(body []byte, offset uintptr) uint32 { return binary.NativeEndian.Uint32(body[offset:]) }

const (
	localPort = unsafe.Offsetof(message{}.id) + unsafe.Offsetof(sockID{}.sport)
	localAddr = unsafe.Offsetof(message{}.id) + unsafe.Offsetof(sockID{}.src)
	peerPort  = unsafe.Offsetof(message{}.id) + unsafe.Offsetof(sockID{}.dport)
	cookie    = unsafe.Offsetof(message{}.id) + unsafe.Offsetof(sockID{}.cookie)
	peerAddr  = unsafe.Offsetof(message{}.id) + unsafe.Offsetof(sockID{}.dst)
)

// peer is the remote address in a struct inet_diag_msg.
func peer(body []byte) netip.AddrPort {
	return netip.AddrPortFrom(addr(body, peerAddr), port(body, peerPort))
}

func port(body []byte, offset uintptr) uint16 { return binary.BigEndian.Uint16(body[offset:]) }

func addr(body []byte, offset uintptr) netip.Addr {
	if body[0] == unix.AF_INET {
		return netip.AddrFrom4([4]byte(body[offset:]))
	}
	return netip.AddrFrom16([16]byte(body[offset:]))
}
