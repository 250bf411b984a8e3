package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"tcpbench/lab/labtest"
)

// served is a server on loopback that does this with each connection, until the trial ends.
func (f *trial) served(do func(net.Conn)) (address string) {
	f.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	go labtest.Serve(l, do) // ends with the listener
	return l.Addr().String()
}

// forever writes the same again and again, until the client has enough.
func forever(c net.Conn, head, again string) {
	_, err := io.WriteString(c, head)
	for err == nil {
		_, err = io.WriteString(c, again)
	}
}

// misdeed is what a server does to its clients.
type misdeed struct {
	name  string
	quick bool
	do    func(net.Conn)
}

func misdeeds() []misdeed {
	hang := func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }
	return []misdeed{
		{"resets each connection", false, func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }},
		{"accepts and says nothing", false, hang},
		{"answers garbage", true, func(c net.Conn) {
			_, _ = io.WriteString(c, "\x00\xff\x1b[2J\x07 no HTTP at all\r\n\r\n")
			hang(c)
		}},
		{"answers for ever", false, func(c net.Conn) {
			forever(c, "HTTP/1.1 200 OK\r\n\r\n", fmt.Sprintf("%65536d", 0))
		}},
		{"has a head without an end", false, func(c net.Conn) { forever(c, "HTTP/1.1 200 OK\r\n", "X: y\r\n") }},
		{"has a status line without an end", false, func(c net.Conn) {
			forever(c, "HTTP/1.1 200 ", "aaaaaaaaaaaaaaaa")
		}},
		{"answers a byte a second", false, func(c net.Conn) {
			for err := error(nil); err == nil; time.Sleep(time.Second) {
				_, err = io.WriteString(c, "H")
			}
		}},
		{"promises more than it sends", false, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx")
			hang(c)
		}},
		{"sends chunks of a wrong length", false, func(c net.Conn) {
			forever(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "ffffffffffffffff\r\nx\r\n")
		}},
	}
}

// serverRows have the other side do wrong: a server, the network, a resolver.
func serverRows() []faultRow {
	var rows []faultRow
	for _, m := range misdeeds() {
		rows = append(rows, faultRow{name: "a server that " + m.name, quick: m.quick, try: func(f *trial) {
			address := f.served(m.do)
			for _, how := range [][]string{
				{"--engine=epoll", "tcp://" + address}, {"--engine=epoll", "http://" + address},
				{"--engine=nethttp", "http://" + address}, {"--mode=keepalive", "http://" + address},
				{"--mode=keepalive", "--response-size=1000000", "tcp://" + address},
			} {
				f.made++
				b := f.load(append([]string{"--timeout=300ms", "-z=600ms", "--force"}, how...)...).start()
				b.within(15 * time.Second).ended([]int{0, 1})
				b.nothingLost()
				const most = 300 << 10 // KiB
				if u := b.cmd.ProcessState.SysUsage().(*syscall.Rusage); u.Maxrss > most {
					f.Errorf("%q: %d KiB of memory, want less than %d", how, u.Maxrss, most)
				}
			}
		}})
	}
	return append(rows,
		faultRow{name: "the link is cut for 500 ms", try: func(f *trial) {
			b := f.load("-z=2s", "--timeout=300ms").start().going()
			f.link(b.pid("tcpbench-cell"), false)
			time.Sleep(500 * time.Millisecond)
			f.link(b.pid("tcpbench-cell"), true)
			b.within(20 * time.Second).ended([]int{0})
			b.nothingLost()
		}},
		faultRow{name: "the link is cut for ever", try: func(f *trial) {
			b := f.load("-z=2s", "--timeout=300ms").start().going()
			f.link(b.pid("tcpbench-cell"), false)
			b.within(20 * time.Second).ended([]int{0})
			b.nothingLost()
		}},
		faultRow{name: "a resolver that says nothing", try: func(f *trial) {
			f.silentResolver(func() {
				f.load("http://silent.example/").start().within(60*time.Second).ended([]int{1, 2, 4}, "silent.example")
			})
		}},
		faultRow{name: "a resolver that says nothing, and ctrl-C", try: func(f *trial) {
			f.silentResolver(func() {
				b := f.load("http://silent.example/").start()
				time.Sleep(time.Second)
				_ = b.cmd.Process.Signal(syscall.SIGINT)
				b.within(3 * time.Second).ended([]int{-1, 1, 4, 130})
			})
		}},
	)
}

// link takes the devices of a process's network namespace down or up.
func (f *trial) link(pid int, up bool) {
	f.Helper()
	ns, err := netns.GetFromPid(pid)
	if err != nil {
		f.Fatal(err)
	}
	defer ns.Close()
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		f.Fatal(err)
	}
	defer h.Close()
	links, err := h.LinkList()
	if err != nil {
		f.Fatal(err)
	}
	for _, l := range links {
		if l.Attrs().Name == "lo" {
			continue
		}
		set := h.LinkSetDown
		if up {
			set = h.LinkSetUp
		}
		if err := set(l); err != nil {
			f.Fatal(err)
		}
	}
}

// silentResolver has names looked up where nobody answers, while do goes on.
func (f *trial) silentResolver(do func()) {
	f.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		f.Fatal(err)
	}
	defer conn.Close()
	conf := f.path("resolv.conf")
	if err := os.WriteFile(conf, []byte("nameserver 127.0.0.1\n"), 0o644); err != nil {
		f.Fatal(err)
	}
	if err := unix.Mount(conf, "/etc/resolv.conf", "", unix.MS_BIND, ""); err != nil {
		f.Fatal(err)
	}
	defer func() {
		if err := unix.Unmount("/etc/resolv.conf", unix.MNT_DETACH); err != nil {
			f.Error(err)
		}
	}()
	do()
}
