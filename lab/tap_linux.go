package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"runtime"
	"strconv"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
)

// tunDevice makes TUN and TAP devices (Documentation/networking/tuntap.rst).
const tunDevice = "/dev/net/tun"

// tapQueue is how many frames wait in a device for the process that reads
// them; more are lost. The kernel's 1000 would lose SYNs of a large burst.
const tapQueue = 16384

// TAPs are the two ends of a link through user space. What is written to a
// file arrives at that end; what is read has left it.
type TAPs struct{ Client, Server *os.File }

// OpenTAPs makes a TAP device in the network namespaces of two processes, with
// the names and hardware addresses that the ends of a veth pair have. They
// exist until they are closed. The error has the exit status of a host that
// cannot do it, and the remedy, where /dev/net/tun is missing or forbidden.
func OpenTAPs(client, server int) (*TAPs, error) {
	near, err := openTAP(tunDevice, client, NearMAC)
	if err != nil {
		return nil, err
	}
	far, err := openTAP(tunDevice, server, FarMAC)
	if err != nil {
		return nil, errors.Join(err, near.Close())
	}
	return &TAPs{near, far}, nil
}

// Close removes both devices.
func (t *TAPs) Close() error { return errors.Join(t.Client.Close(), t.Server.Close()) }

// openTAP makes the device in the namespace of process pid.
func openTAP(path string, pid int, mac string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	c := make(chan opened)
	go func() {
		// Never unlocked: the thread is in another namespace and ends with the
		// goroutine, so that no other one finds itself there.
		runtime.LockOSThread()
		f, err := tapAt(path, pid, mac)
		c <- opened{f, err}
	}()
	o := <-c
	return o.file, o.err
}

// tapAt enters the network namespace of process pid for good.
func tapAt(path string, pid int, mac string) (_ *os.File, err error) {
	ns, err := os.Open("/proc/" + strconv.Itoa(pid) + "/ns/net")
	if err != nil {
		return nil, fmt.Errorf("make a TAP device: %w", err)
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("make a TAP device: enter the network namespace of process %d: %w", pid,
			os.NewSyscallError("setns", err))
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, noTUN(path, err)
	}
	f := os.NewFile(uintptr(fd), path)
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := attach(fd); err != nil {
		return nil, noTUN(path, err)
	}
	if err := address(mac); err != nil {
		return nil, fmt.Errorf("make a TAP device: %w", err)
	}
	return f, nil
}

// attach makes the device of a file. Without a header (IFF_NO_PI, no
// IFF_VNET_HDR) nothing can be left to who reads the frames, so that the
// kernel cuts its segments to size and computes every checksum itself
// (tun_net_fix_features).
func attach(fd int) error {
	req, err := unix.NewIfreq(LinkName)
	if err != nil {
		return err
	}
	req.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	return os.NewSyscallError("ioctl TUNSETIFF", unix.IoctlIfreq(fd, unix.TUNSETIFF, req))
}

// address gives the device of the calling thread's namespace its hardware
// address and its queue.
func address(mac string) error {
	hardware, err := net.ParseMAC(mac)
	if err != nil {
		return err
	}
	link, err := netlink.LinkByName(LinkName)
	if err != nil {
		return fmt.Errorf("find link %s: %w", LinkName, err)
	}
	if err := netlink.LinkSetHardwareAddr(link, hardware); err != nil {
		return fmt.Errorf("set the hardware address of %s to %s: %w", LinkName, mac, err)
	}
	if err := netlink.LinkSetTxQLen(link, tapQueue); err != nil {
		return fmt.Errorf("set the queue of %s to %d frames: %w", LinkName, tapQueue, err)
	}
	return nil
}

// noTUN explains why a TAP device could not be made.
func noTUN(path string, err error) error {
	const without = "or do without it: --link veth"
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fault.Host(fmt.Errorf("%s is missing (%w); as root: modprobe tun; "+
			"in a container start it with --device %s; "+
			"%s", path, err, path, without))
	case errors.Is(err, fs.ErrPermission):
		return fault.Host(fmt.Errorf("%s is forbidden (%w); as root: chmod 666 %s, which is its usual mode; "+
			"in a container "+
			"start it with --device %s; %s", path, err, path, path, without))
	default:
		return fmt.Errorf("make a TAP device: %w", err)
	}
}
