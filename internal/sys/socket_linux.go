package sys

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket opens a non-blocking, close-on-exec stream socket of the family AF_INET or
// AF_INET6, which is TCP, or AF_UNIX.
func Socket(family int) (int, syscall.Errno) {
	protocol := uintptr(unix.IPPROTO_TCP)
	if family == unix.AF_UNIX {
		protocol = 0
	}
	fd, _, e := unix.RawSyscall(unix.SYS_SOCKET, uintptr(family), unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC,
		protocol)
	return int(fd), e
}

// Address is a socket address in the kernel's form.
type Address struct {
	raw  unix.RawSockaddrInet6 // large enough for either family of IP
	file *unix.RawSockaddrUnix // in its place; nil for IP
	size uintptr
}

// NewUnixAddress is the address of a Unix socket by the name of its file, of 107 bytes at
// most.
func NewUnixAddress(file string) Address {
	out := Address{file: &unix.RawSockaddrUnix{Family: unix.AF_UNIX}}
	out.raw.Family = unix.AF_UNIX
	for i := range file {
		out.file.Path[i] = int8(file[i])
	}
	out.size = unsafe.Offsetof(out.file.Path) + uintptr(len(file)) + 1 // the 0 at its end counts (unix(7))
	return out
}

// NewAddress converts a to the kernel's form.
func NewAddress(a netip.AddrPort) Address {
	var out Address
	if a.Addr().Is4() {
		in := (*unix.RawSockaddrInet4)(unsafe.Pointer(&out.raw))
		in.Family = unix.AF_INET
		in.Addr = a.Addr().As4()
		out.size = unix.SizeofSockaddrInet4
	} else {
		out.raw.Family = unix.AF_INET6
		out.raw.Addr = a.Addr().As16()
		out.size = unix.SizeofSockaddrInet6
	}
	out.SetPort(a.Port())
	return out
}

// Family is AF_INET, AF_INET6 or AF_UNIX.
func (a *Address) Family() int { return int(a.raw.Family) }

// SetPort changes the port.
func (a *Address) SetPort(port uint16) {
	// sin_port and sin6_port lie at the same offset, in network byte order.
	p := (*[2]byte)(unsafe.Pointer(&a.raw.Port))
	p[0], p[1] = byte(port>>8), byte(port)
}

// Port is its port.
func (a *Address) Port() uint16 {
	p := (*[2]byte)(unsafe.Pointer(&a.raw.Port))
	return uint16(p[0])<<8 | uint16(p[1])
}

// Raw is where the address lies and how long it is, for other ways to the
// kernel than the calls here.
func (a *Address) Raw() (p unsafe.Pointer, size uint64) {
	if a.file != nil {
		return unsafe.Pointer(a.file), uint64(a.size)
	}
	return unsafe.Pointer(&a.raw), uint64(a.size)
}

// LocalPort is that of a socket (getsockname(2)); 0 where it has none.
func LocalPort(fd int) uint16 {
	var a Address
	size := uint32(unsafe.Sizeof(a.raw))
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)),
		uintptr(unsafe.Pointer(&size)))
	if e != 0 || a.Family() != unix.AF_INET && a.Family() != unix.AF_INET6 {
		return 0
	}
	return a.Port()
}

// Bind is bind(2). It may search for a port, but never blocks.
func Bind(fd int, a *Address) syscall.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&a.raw)), a.size)
	return e
}

// Connect is connect(2) on a non-blocking socket.
func Connect(fd int, a *Address) syscall.Errno {
	p, _ := a.Raw()
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(p), a.size)
	return e
}

// Disconnect is connect(2) with AF_UNSPEC, which makes a socket one that was never
// connected: tcp_disconnect sends RST where the connection is open, as close(2) with a
// linger time of 0 does, and nothing where it is over.
func Disconnect(fd int) syscall.Errno {
	family := uint16(unix.AF_UNSPEC)
	_, _, e := unix.RawSyscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&family)), unsafe.Sizeof(family))
	return e
}

// Over reports whether nothing of a connection is left in its socket: what there may be
// yet is a TIME_WAIT, which is another one (getpeername(2) has no peer in TCP_CLOSE).
func Over(fd int) bool {
	var to unix.RawSockaddrInet6
	size := uint32(unix.SizeofSockaddrInet6)
	_, _, e := unix.RawSyscall(unix.SYS_GETPEERNAME, uintptr(fd), uintptr(unsafe.Pointer(&to)),
		uintptr(unsafe.Pointer(&size)))
	return e == unix.ENOTCONN
}

// Local is the address of a TCP socket's own end (getsockname(2)): it is known once
// connect(2) was called, also while that is under way.
func Local(fd int) (netip.AddrPort, syscall.Errno) {
	var raw unix.RawSockaddrInet6
	size := uint32(unix.SizeofSockaddrInet6)
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&raw)),
		uintptr(unsafe.Pointer(&size)))
	port := (*[2]byte)(unsafe.Pointer(&raw.Port)) // in network byte order, at the same offset in both families
	addr := netip.AddrFrom16(raw.Addr)
	if raw.Family == unix.AF_INET {
		addr = netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(&raw)).Addr)
	}
	return netip.AddrPortFrom(addr, uint16(port[0])<<8|uint16(port[1])), e
}

// Send is send(2) with MSG_NOSIGNAL on a non-blocking socket.
func Send(fd int, p []byte) (int, syscall.Errno) {
	n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
	return int(n), e
}

// Recv is recv(2) on a non-blocking socket.
func Recv(fd int, p []byte) (int, syscall.Errno) {
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), 0, 0, 0)
	return int(n), e
}

// TellLeft is TCP_INQ, by which [RecvLeft] is told what is left.
func TellLeft() Option { return IntOption(unix.IPPROTO_TCP, unix.TCP_INQ, 1) }

// RecvLeft is Recv on a socket with [TellLeft]. It also tells whether anything is left that
// has arrived, the peer's FIN included (tcp_inq_hint); known is false where that is not
// told.
func RecvLeft(fd int, p []byte) (n int, left, known bool, e syscall.Errno) {
	var control struct {
		unix.Cmsghdr
		left int32
		_    int32
	}
	to := unix.Iovec{Base: unsafe.SliceData(p)}
	to.SetLen(len(p))
	msg := unix.Msghdr{Iov: &to, Control: (*byte)(unsafe.Pointer(&control))}
	msg.SetIovlen(1)
	msg.SetControllen(int(unsafe.Sizeof(control)))
	r, _, e := unix.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&msg)), 0)
	known = e == 0 && msg.Controllen != 0 && control.Level == unix.IPPROTO_TCP && control.Type == unix.TCP_INQ
	return int(r), control.left != 0, known, e
}

// Readable reports whether a byte can be read from a non-blocking socket,
// which stays there; with errno 0 and none it is the peer's FIN.
func Readable(fd int) (bool, syscall.Errno) {
	var b [1]byte
	n, _, e := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b)), 1, unix.MSG_PEEK, 0, 0)
	return e == 0 && n == 1, e
}

// ShutdownWrite is shutdown(2) with SHUT_WR: it sends FIN.
func ShutdownWrite(fd int) syscall.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_WR, 0)
	return e
}

// Shutdown is shutdown(2) with SHUT_RDWR: it sends FIN, and what arrives from then on is
// answered with RST, as after close(2).
func Shutdown(fd int) syscall.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_SHUTDOWN, uintptr(fd), unix.SHUT_RDWR, 0)
	return e
}

// Close is close(2) where it cannot block: without a linger time.
func Close(fd int) syscall.Errno {
	_, _, e := unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return e
}

// CloseBlocking is close(2) on a socket with a linger time, which blocks even
// when the socket is non-blocking (tcp_close waits in sk_stream_wait_close).
func CloseBlocking(fd int) syscall.Errno {
	_, _, e := unix.Syscall(unix.SYS_CLOSE, uintptr(fd), 0, 0)
	return e
}

// Accept is accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC on a non-blocking
// listener.
func Accept(fd int) (int, syscall.Errno) {
	n, _, e := unix.RawSyscall6(unix.SYS_ACCEPT4, uintptr(fd), 0, 0, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), e
}

// Option is a socket option with an int or a struct linger as its value.
type Option struct {
	level, name uintptr
	value       unix.Linger // an int is its first field
	size        uintptr
}

// IntOption makes an option whose value is an int.
func IntOption(level, name, value int) Option {
	return Option{level: uintptr(level), name: uintptr(name), value: unix.Linger{Onoff: int32(value)}, size: 4}
}

// LingerOption makes SO_LINGER with a time in seconds.
func LingerOption(seconds int) Option {
	return Option{level: unix.SOL_SOCKET, name: unix.SO_LINGER, value: unix.Linger{Onoff: 1, Linger: int32(seconds)},
		size: unix.SizeofLinger}
}

// Set is setsockopt(2).
func (o *Option) Set(fd int) syscall.Errno {
	_, _, e := unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), o.level, o.name,
		uintptr(unsafe.Pointer(&o.value)), o.size, 0)
	return e
}

// Raw is what Set passes to the kernel, for other ways to it.
func (o *Option) Raw() (level, name uint32, value unsafe.Pointer, size uint32) {
	return uint32(o.level), uint32(o.name), unsafe.Pointer(&o.value), uint32(o.size)
}

// SocketError is the pending error of a socket, cleared by the call
// (SO_ERROR, socket(7)).
func SocketError(fd int) syscall.Errno {
	var value int32
	size := uint32(4)
	_, _, e := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_ERROR,
		uintptr(unsafe.Pointer(&value)), uintptr(unsafe.Pointer(&size)), 0)
	if e != 0 {
		return e
	}
	return syscall.Errno(value)
}
