package uring

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	registerBuffers   = 22 // IORING_REGISTER_PBUF_RING, 5.19
	unregisterBuffers = 23 // IORING_UNREGISTER_PBUF_RING

	// bufferGroup is the one group of a ring's buffers.
	bufferGroup = 0
)

// buffer is
//
//	struct io_uring_buf {
//		__u64 addr;
//		__u32 len;
//		__u16 bid;
//		__u16 resv;
//	};
//
// The ring's tail lies where the first one has resv.
type buffer struct {
	addr uint64
	size uint32
	id   uint16
	tail uint16
}

// bufferRegister is
//
//	struct io_uring_buf_reg {
//		__u64 ring_addr;
//		__u32 ring_entries;
//		__u16 bgid;
//		__u16 flags;
//		__u64 resv[3];
//	};
type bufferRegister struct {
	addr    uint64
	entries uint32
	group   uint16
	flags   uint16
	_       [3]uint64
}

// Buffers are what the kernel receives into: it takes one when something has
// arrived, so that connections that wait need none.
type Buffers struct {
	mapping []byte // of the ring, then the buffers
	ring    []buffer
	size    int
	tail    uint16
}

// ProvideBuffers gives the ring n buffers, a power of 2 up to 32768, of size
// bytes each. Close the ring first, then them.
func (r *Ring) ProvideBuffers(n, size int) (*Buffers, error) {
	head := n * int(unsafe.Sizeof(buffer{}))
	mapping, err := unix.Mmap(-1, 0, head+n*size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map %d buffers: %w", n, os.NewSyscallError("mmap", err))
	}
	b := &Buffers{mapping: mapping, ring: unsafe.Slice((*buffer)(unsafe.Pointer(&mapping[0])), n), size: size}
	reg := bufferRegister{addr: address(unsafe.Pointer(&mapping[0])), entries: uint32(n), group: bufferGroup}
	if e := r.register(registerBuffers, unsafe.Pointer(&reg), 1); e != 0 {
		b.Close()
		return nil, fmt.Errorf("register %d buffers: %w", n, os.NewSyscallError("io_uring_register", e))
	}
	for i := range n {
		b.Return(uint16(i))
	}
	return b, nil
}

// bytes is buffer id.
func (b *Buffers) bytes(id uint16) []byte {
	at := len(b.ring)*int(unsafe.Sizeof(buffer{})) + int(id)*b.size
	return b.mapping[at : at+b.size : at+b.size]
}

// Taken returns what a completion received, and the buffer's number for
// Return; false when it took no buffer.
func (b *Buffers) Taken(c CQE) (p []byte, id uint16, ok bool) {
	if c.Flags&flagCQEBuffer == 0 {
		return nil, 0, false
	}
	id = uint16(c.Flags >> cqeBufferShift)
	return b.bytes(id)[:max(c.Res, 0)], id, true
}

// Return gives a buffer back to the kernel.
func (b *Buffers) Return(id uint16) {
	e := &b.ring[b.tail&uint16(len(b.ring)-1)]
	e.addr, e.size, e.id = address(unsafe.Pointer(&b.bytes(id)[0])), uint32(b.size), id
	b.tail++
	// The tail is 16 bits and Go has no such atomic store; with resv's
	// neighbour in the same word, the word's other half is the first entry's
	// id, which only this thread writes.
	first := &b.ring[0]
	word := (*uint32)(unsafe.Pointer(&first.id))
	atomic.StoreUint32(word, uint32(b.tail)<<16|uint32(first.id))
}

// Close frees the buffers.
func (b *Buffers) Close() { _ = unix.Munmap(b.mapping) }
