package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Capture is a look at a device, from Start to Stop.
type Capture struct {
	fd   int
	ring []byte // shared with the kernel
}

// The ring is of slots of this size, in blocks of whole pages.
const (
	slot  = 512
	block = 1 << 16
	// where struct sockaddr_ll begins
	headerEnd = (unix.SizeofTpacket2Hdr + unix.TPACKET_ALIGNMENT - 1) &^ (unix.TPACKET_ALIGNMENT - 1)
	pktType   = headerEnd + 10 // its sll_pkttype
)

// Start begins to keep frames of a device of the calling process's network
// namespace: so many at least, from the first one on.
//
// The kernel writes them into memory that it shares, one after the other, and
// leaves the rest (packet(7), PACKET_RX_RING). So nobody has to read while the
// run goes on: none is lost, and the run is not slowed by a reader.
//
// Note: tried recvmsg(2); an unprivileged user's socket has room for some
// hundred frames (net.core.rmem_max), a few milliseconds of a run.
func Start(device string, most int) (*Capture, error) {
	dev, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("capture packets of %s: %w", device, err)
	}
	// Without a protocol it hears nothing until it is bound to the device.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("capture packets of %s: %w", device, os.NewSyscallError("socket", err))
	}
	c := &Capture{fd: fd}
	if err := c.listen(dev.Index, most); err != nil {
		return nil, errors.Join(fmt.Errorf("capture packets of %s: %w", device, err), c.close())
	}
	return c, nil
}

// listen makes the ring and binds the socket.
func (c *Capture) listen(index, most int) error {
	if err := unix.SetsockoptInt(c.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return os.NewSyscallError("setsockopt PACKET_VERSION", err)
	}
	blocks := (most*slot + block - 1) / block
	req := unix.TpacketReq{Block_size: block, Block_nr: uint32(blocks), Frame_size: slot,
		Frame_nr: uint32(blocks * (block / slot))}
	if err := unix.SetsockoptTpacketReq(c.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req); err != nil {
		return fmt.Errorf("%d KiB of memory: %w", blocks*block>>10,
			os.NewSyscallError("setsockopt PACKET_RX_RING", err))
	}
	var err error
	if c.ring, err = unix.Mmap(c.fd, 0, blocks*block, unix.PROT_READ, unix.MAP_SHARED); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	// packet(7): the protocol is in network byte order.
	all := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	return os.NewSyscallError("bind", unix.Bind(c.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: index}))
}

// Stop ends the capture and returns what there was until now.
func (c *Capture) Stop() ([]Frame, error) {
	var frames []Frame
	for at := 0; at < len(c.ring); at += slot {
		f, ok := read(c.ring[at : at+slot])
		if !ok {
			break // the next slot, and all behind it, are the kernel's still
		}
		frames = append(frames, f)
	}
	if err := c.close(); err != nil {
		return frames, fmt.Errorf("end the capture: %w", err)
	}
	return frames, nil
}

// read copies the frame of a slot; false where there is none.
func read(b []byte) (Frame, bool) {
	h := (*unix.Tpacket2Hdr)(unsafe.Pointer(&b[0])) // slots are aligned
	if h.Status&unix.TP_STATUS_USER == 0 {
		return Frame{}, false
	}
	bytes := b[h.Mac:]
	return Frame{
		At:     time.Unix(int64(h.Sec), int64(h.Nsec)),
		Bytes:  append([]byte(nil), bytes[:min(int(h.Snaplen), len(bytes), Snap)]...),
		Length: int(h.Len),
		Sent:   b[pktType] == unix.PACKET_OUTGOING,
	}, true
}

func (c *Capture) close() error {
	var err error
	if c.ring != nil {
		err = os.NewSyscallError("munmap", unix.Munmap(c.ring))
		c.ring = nil
	}
	return errors.Join(err, os.NewSyscallError("close", unix.Close(c.fd)))
}
