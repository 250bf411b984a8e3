package uring

import (
	"unsafe"

	"tcpbench/internal/sys"
)

// SQE is one operation to do.
//
//	struct io_uring_sqe {
//		__u8  opcode;
//		__u8  flags;
//		__u16 ioprio;
//		__s32 fd;
//		union { __u64 off; __u64 addr2; struct { __u32 cmd_op; __u32 __pad1; }; };
//		union { __u64 addr; struct { __u32 level; __u32 optname; }; };
//		__u32 len;
//		union { __u32 msg_flags; __u32 cancel_flags; ... };
//		__u64 user_data;
//		union { __u16 buf_index; __u16 buf_group; };
//		__u16 personality;
//		union { __s32 splice_fd_in; __u32 file_index; __u32 optlen; ... };
//		union { struct { __u64 addr3; __u64 __pad2[1]; }; __u64 optval; __u8 cmd[0]; };
//	};
type SQE struct {
	Opcode      Op
	Flags       uint8
	Ioprio      uint16
	FD          int32
	Off         uint64 // addr2; cmd_op is its low half
	Addr        uint64 // level in the low half, optname in the high one
	Len         uint32
	OpFlags     uint32
	UserData    uint64
	BufIndex    uint16
	Personality uint16
	FileIndex   uint32 // optlen
	Addr3       uint64 // optval
	_           uint64
}

// CQE is what became of an operation: a result, or the negative of an errno.
//
//	struct io_uring_cqe {
//		__u64 user_data;
//		__s32 res;
//		__u32 flags;
//	};
type CQE struct {
	UserData uint64
	Res      int32
	Flags    uint32
}

// Op is an operation (enum io_uring_op).
type Op uint8

// The operations in use, with the kernel that brought each.
const (
	OpNop            Op = 0
	OpPollAdd        Op = 6
	OpAsyncCancel    Op = 14
	OpConnect        Op = 16 // 5.5
	OpClose          Op = 19 // of a slot: 5.15
	OpSend           Op = 26
	OpRecv           Op = 27
	OpShutdown       Op = 34 // 5.11
	OpSocket         Op = 45 // 5.19
	OpURingCmd       Op = 46 // SOCKET_URING_OP_SETSOCKOPT: 6.7
	OpFixedFDInstall Op = 54 // 6.8
	OpBind           Op = 56 // 6.11
)

// Flags of every operation (sqe->flags).
const (
	FixedFile     = 1 << 0 // IOSQE_FIXED_FILE: fd is a slot
	Link          = 1 << 2 // IOSQE_IO_LINK: the next waits for this one, and is canceled if it fails
	Async         = 1 << 4 // IOSQE_ASYNC: on a kernel thread
	SkipOnSuccess = 1 << 6 // IOSQE_CQE_SKIP_SUCCESS: no completion unless it fails
	pollFirst     = 1 << 0 // IORING_RECVSEND_POLL_FIRST, in ioprio
	setsockopt    = 3      // SOCKET_URING_OP_SETSOCKOPT
	cancelAll     = 1 << 0 // IORING_ASYNC_CANCEL_ALL
	cancelFD      = 1 << 1 // IORING_ASYNC_CANCEL_FD
	cancelAny     = 1 << 2 // IORING_ASYNC_CANCEL_ANY
	cancelFDFixed = 1 << 3 // IORING_ASYNC_CANCEL_FD_FIXED
	pollMulti     = 1 << 0 // IORING_POLL_ADD_MULTI, in len
	sockStream    = 1      // SOCK_STREAM
	protocolTCP   = 6      // IPPROTO_TCP
	shutWrite     = 1      // SHUT_WR
	msgWaitAll    = 0x100  // MSG_WAITALL
	msgNoSignal   = 0x4000 // MSG_NOSIGNAL
	pollIn        = 1      // POLLIN
	bufferSelect  = 1 << 5 // IOSQE_BUFFER_SELECT
	recvMulti     = 1 << 1 // IORING_RECV_MULTISHOT, in ioprio; 6.0

	flagCQEBuffer  = 1 << 0 // IORING_CQE_F_BUFFER
	flagCQEMore    = 1 << 1 // IORING_CQE_F_MORE
	cqeBufferShift = 16     // IORING_CQE_BUFFER_SHIFT
)

// Socket makes a TCP socket of the family in a slot. What the slot held before is closed.
func (s *SQE) Socket(slot int32, family int) *SQE {
	*s = SQE{Opcode: OpSocket, FD: int32(family), Off: sockStream, Len: protocolTCP, FileIndex: uint32(slot) + 1}
	return s
}

// Setsockopt is setsockopt(2) on the socket in a slot.
func (s *SQE) Setsockopt(slot int32, o *sys.Option) *SQE {
	level, name, value, size := o.Raw()
	*s = SQE{Opcode: OpURingCmd, Flags: FixedFile, FD: slot, Off: setsockopt, Addr: uint64(name)<<32 | uint64(level),
		FileIndex: size, Addr3: address(value)}
	return s
}

// Bind is bind(2).
func (s *SQE) Bind(slot int32, a *sys.Address) *SQE {
	p, size := a.Raw()
	*s = SQE{Opcode: OpBind, Flags: FixedFile, FD: slot, Addr: address(p), Off: size}
	return s
}

// Connect is connect(2).
func (s *SQE) Connect(slot int32, a *sys.Address) *SQE {
	p, size := a.Raw()
	*s = SQE{Opcode: OpConnect, Flags: FixedFile, FD: slot, Addr: address(p), Off: size}
	return s
}

// Send writes all of p, unless it fails half-way.
func (s *SQE) Send(slot int32, p []byte) *SQE {
	*s = SQE{Opcode: OpSend, Flags: FixedFile, FD: slot, Addr: address(unsafe.Pointer(unsafe.SliceData(p))),
		Len: uint32(len(p)), OpFlags: msgWaitAll | msgNoSignal}
	return s
}

// Recv reads what is there, or what arrives first.
func (s *SQE) Recv(slot int32, p []byte) *SQE {
	*s = SQE{Opcode: OpRecv, Flags: FixedFile, FD: slot, Addr: address(unsafe.Pointer(unsafe.SliceData(p))),
		Len: uint32(len(p))}
	return s
}

// Take receives into one of the ring's buffers what arrives first; it does not
// look whether something is there.
func (s *SQE) Take(slot int32) *SQE {
	*s = SQE{Opcode: OpRecv, Flags: FixedFile | bufferSelect, Ioprio: pollFirst, FD: slot, BufIndex: bufferGroup}
	return s
}

// TakeAll receives into the ring's buffers whatever arrives, and completes
// each time, for as long as [CQE.More] says so. It ends with ENOBUFS when no
// buffer is left.
func (s *SQE) TakeAll(slot int32) *SQE {
	s.Take(slot).Ioprio = recvMulti
	return s
}

// ShutdownWrite is shutdown(2) with SHUT_WR: it sends FIN.
func (s *SQE) ShutdownWrite(slot int32) *SQE {
	*s = SQE{Opcode: OpShutdown, Flags: FixedFile, FD: slot, Len: shutWrite}
	return s
}

// Close empties a slot.
func (s *SQE) Close(slot int32) *SQE {
	*s = SQE{Opcode: OpClose, FileIndex: uint32(slot) + 1}
	return s
}

// Cancel ends every operation on a slot.
func (s *SQE) Cancel(slot int32) *SQE {
	*s = SQE{Opcode: OpAsyncCancel, FD: slot, OpFlags: cancelAll | cancelFD | cancelFDFixed}
	return s
}

// CancelTagged ends the operation with the given tag. The kernel finds it by
// its hash, where Cancel looks at every operation that there is.
func (s *SQE) CancelTagged(userData uint64) *SQE {
	*s = SQE{Opcode: OpAsyncCancel, Addr: userData}
	return s
}

// CancelAny ends every operation.
func (s *SQE) CancelAny() *SQE {
	*s = SQE{Opcode: OpAsyncCancel, OpFlags: cancelAll | cancelAny}
	return s
}

// Install gives the file in a slot a descriptor of the process too, which is
// the result.
func (s *SQE) Install(slot int32) *SQE {
	*s = SQE{Opcode: OpFixedFDInstall, Flags: FixedFile, FD: slot}
	return s
}

// Watch completes each time that the descriptor becomes readable, for as long
// as [CQE.More] says so.
func (s *SQE) Watch(fd int) *SQE {
	*s = SQE{Opcode: OpPollAdd, FD: int32(fd), Len: pollMulti, OpFlags: pollIn}
	return s
}

// More reports whether the operation goes on and will complete again.
func (c CQE) More() bool { return c.Flags&flagCQEMore != 0 }

// Tag is what comes back with the completion, and the flags beside it.
func (s *SQE) Tag(userData uint64, flags uint8) {
	s.UserData = userData
	s.Flags |= flags
}

func address(p unsafe.Pointer) uint64 { return uint64(uintptr(p)) }
