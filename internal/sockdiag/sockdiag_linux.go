// Package sockdiag lists TCP sockets by asking the kernel through
// sock_diag(7), in any state, TIME_WAIT included.
//
// Note: netlink.SocketDiagTCP dumps every socket of every state into memory,
// 12 MB for 30,000; this asks the kernel to filter by the remote port and
// keeps nothing.
package sockdiag

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
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
	_, state, _, _ uint8
	id             sockID
	expires        uint32
	_, _, _, _     uint32
}

const (
	requestSize = 56
	messageSize = 72

	receiveBuffer = 64 << 10
)

// States is a set of TCP states, a bit each (include/net/tcp_states.h).
type States uint32

const (
	stateTimeWait = 6

	overStates = 1<<4 | 1<<5 | 1<<stateTimeWait | 1<<9 | 1<<11

	timeWait = 1 << stateTimeWait
	closed   = 1 << 7
	listen   = 1 << 10

	// AnyState holds a local port towards a peer: all but CLOSE and LISTEN.
	AnyState States = 1<<13 - 2 - closed - listen
	// NotTimeWait are the states of connections that are not over.
	NotTimeWait = AnyState - timeWait
)

// Socket is what is told of one socket.
type Socket struct {
	// Over tells that this side has closed the connection: it is in
	// FIN_WAIT_1, FIN_WAIT_2, TIME_WAIT, LAST_ACK or CLOSING.
	Over bool
	// TimeWait tells that the connection holds its port only.
	TimeWait bool
	// Expires is when its timer ends: for a TIME_WAIT, when the port is free.
	Expires time.Duration
}

// Lister asks the kernel again and again. It belongs to the network namespace
// in which it was opened and is not safe for concurrent use.
type Lister struct {
	fd  int
	seq uint32
	buf []byte
}

// Open opens the socket to ask through. Close frees it.
func Open() (*Lister, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("open sock_diag: %w", os.NewSyscallError("socket", err))
	}
	return &Lister{fd: fd, buf: make([]byte, receiveBuffer)}, nil
}

// Close frees the socket.
func (c *Lister) Close() error { return unix.Close(c.fd) }

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
		if err := c.dump(w, states, each); err != nil {
			return fmt.Errorf("list sockets towards %s: %w", w, err)
		}
	}
	return nil
}

func (c *Lister) dump(w wanted, states States, each func(Socket)) error {
	if err := c.ask(w, states); err != nil {
		return err
	}
	return c.receive(w, each)
}

func (c *Lister) ask(w wanted, states States) error {
	c.seq++
	req := struct {
		unix.NlMsghdr
		request
		filter
	}{
		unix.NlMsghdr{
			Type:  unix.SOCK_DIAG_BY_FAMILY,
			Flags: unix.NLM_F_REQUEST | unix.NLM_F_DUMP,
			Seq:   c.seq,
		},
		request{family: w.family, protocol: unix.IPPROTO_TCP, states: uint32(states)},
		portsBetween(w.lo, w.hi),
	}
	req.Len = uint32(unsafe.Sizeof(req))
	if w.lo == w.hi { // a single port is filtered without a program, in 0.8 of the time
		binary.BigEndian.PutUint16(req.id.dport[:], w.lo)
		req.Len -= uint32(unsafe.Sizeof(req.filter))
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&req)), req.Len)
	return os.NewSyscallError("sendto", unix.Sendto(c.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
}

// receive reads the answer to its end.
func (c *Lister) receive(w wanted, each func(Socket)) error {
	for {
		n, _, err := unix.Recvfrom(c.fd, c.buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		if done, err := parse(c.buf[:n], c.seq, w, each); done || err != nil {
			return err
		}
	}
}

// parse tells the sockets that are wanted in one datagram of the dump that has
// the given sequence number; done tells that it was the last.
func parse(b []byte, seq uint32, w wanted, each func(Socket)) (done bool, err error) {
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
		case len(body) >= messageSize && w.has(peer(body)):
			state := body[unsafe.Offsetof(message{}.state)]
			each(Socket{
				Over:     overStates>>state&1 == 1,
				TimeWait: state == stateTimeWait,
				Expires:  time.Duration(binary.NativeEndian.Uint32(body[unsafe.Offsetof(message{}.expires):])) * time.Millisecond,
			})
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

// peer is the remote address in a struct inet_diag_msg.
func peer(body []byte) netip.AddrPort {
	port := binary.BigEndian.Uint16(body[unsafe.Offsetof(message{}.id)+unsafe.Offsetof(sockID{}.dport):])
	dst := body[unsafe.Offsetof(message{}.id)+unsafe.Offsetof(sockID{}.dst):]
	if body[0] == unix.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(dst[:4])), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(dst[:16])), port)
}
