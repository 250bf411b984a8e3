package sockdiag

import (
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wanted are the peers whose sockets are listed, of one address family.
type wanted struct {
	first  netip.AddrPort
	more   map[netip.AddrPort]bool // all of them; nil where first is the only one
	family uint8
	lo, hi uint16 // what their ports lie between, both included
}

func newWanted(dsts []netip.AddrPort) wanted {
	w := wanted{first: dsts[0], family: unix.AF_INET6, lo: dsts[0].Port(), hi: dsts[0].Port()}
	if dsts[0].Addr().Is4() {
		w.family = unix.AF_INET
	}
	if len(dsts) == 1 {
		return w
	}
	w.more = make(map[netip.AddrPort]bool, len(dsts))
	for _, d := range dsts {
		w.more[d] = true
		w.lo, w.hi = min(w.lo, d.Port()), max(w.hi, d.Port())
	}
	return w
}

func (w wanted) has(peer netip.AddrPort) bool {
	return peer == w.first || w.more[peer]
}

// question asks for sockets whose peer may be wanted. A single port is filtered
// without a program, in 0.8 of the time.
func (w wanted) question(states States) question {
	q := question{family: w.family, states: states}
	if w.lo == w.hi {
		q.port = w.lo
	} else {
		q.filter = destinationsBetween(w.lo, w.hi)
	}
	return q
}

// String names them in an error.
func (w wanted) String() string {
	if n := len(w.more); n > 1 {
		return fmt.Sprintf("%s and %d more", w.first, n-1)
	}
	return w.first.String()
}

// operation is
//
//	struct inet_diag_bc_op {
//		unsigned char code;
//		unsigned char yes;
//		unsigned short no;
//	};
//
// A comparison with a port has it in the no of the operation after it.
type operation struct {
	code, yes uint8
	no        uint16
}

// filter is an attribute INET_DIAG_REQ_BYTECODE: a program that the kernel
// runs on each socket (inet_diag_bc_run). yes and no are how far to go on, in
// bytes; beyond the end means that the socket is not listed.
type filter struct {
	size, kind uint16 // struct nlattr
	program    [4]operation
}

const (
	requestBytecode = 1 // INET_DIAG_REQ_BYTECODE
	sourceFrom      = 2 // INET_DIAG_BC_S_GE
	sourceTo        = 3 // INET_DIAG_BC_S_LE
	destinationFrom = 4 // INET_DIAG_BC_D_GE
	destinationTo   = 5 // INET_DIAG_BC_D_LE
)

// destinationsBetween passes the sockets whose peer's port lies between two,
// both included.
func destinationsBetween(lo, hi uint16) filter {
	return between(destinationFrom, destinationTo, lo, hi)
}

// sourcesBetween passes the sockets whose local port lies between two, both
// included.
func sourcesBetween(lo, hi uint16) filter { return between(sourceFrom, sourceTo, lo, hi) }

func between(from, to uint8, lo, hi uint16) filter {
	const op = uint16(unsafe.Sizeof(operation{}))
	f := filter{kind: requestBytecode, program: [4]operation{
		{code: from, yes: uint8(2 * op), no: 5 * op},
		{no: lo},
		{code: to, yes: uint8(2 * op), no: 3 * op},
		{no: hi},
	}}
	f.size = uint16(unsafe.Sizeof(f))
	return f
}
