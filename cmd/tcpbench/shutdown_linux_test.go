package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/wire"
	"tcpbench/lab/capture"
	"tcpbench/lab/labtest"
)

// shutdown(SHUT_RD) sends nothing, and what arrives then is acknowledged as ever
// (inet_shutdown, net/ipv4/af_inet.c: tcp_shutdown looks at SEND_SHUTDOWN alone). It is
// once the socket has sent its FIN that it matters: what arrives then is answered with
// RST, where it is acknowledged without (tcp_rcv_state_process, net/ipv4/tcp_input.c).
func TestShutdownOfReadingIsNotSent(t *testing.T) {
	if !labtest.Inside(t) {
		return
	}
	const none = -1
	plain, reading := conversation(t, none), conversation(t, unix.SHUT_RD)
	got := "as without"
	if !slices.Equal(plain, reading) {
		got = strings.Join(reading, " ") + ", without " + strings.Join(plain, " ")
	}
	answered(t, "the packets of shutdown(SHUT_RD), and of data that arrives then", "none", got, "as without")
	for _, tt := range []struct {
		row, usual string
		how        int
	}{
		{"data that arrives after shutdown(SHUT_WR)", ">F. <. <P. >.", unix.SHUT_WR},
		{"data that arrives after shutdown(SHUT_RDWR)", ">F. <. <P. >R", unix.SHUT_RDWR},
	} {
		said := conversation(t, tt.how)
		end := slices.IndexFunc(said, func(flags string) bool { return strings.Contains(flags, "F") })
		if end < 0 {
			t.Fatalf("%s: packets = %v, want a FIN", tt.row, said)
		}
		got := strings.Join(said[end:min(end+4, len(said))], " ")
		answered(t, tt.row, "none", got, tt.usual)
	}
}

// conversation has a client and a server talk on the loopback, the client shut down as
// it says in between, and returns the flags of what was sent until then and after it.
func conversation(t *testing.T, how int) []string {
	t.Helper()
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	c, err := capture.Start("lo", 100)
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.DialTCP("tcp4", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	talk(t, client, server, how)
	frames, err := c.Stop()
	if err != nil {
		t.Fatal(err)
	}
	return flagsOf(frames, server.LocalAddr().(*net.TCPAddr).AddrPort().Port())
}

// talk has the server answer before and after the client's shutdown(2); what is sent
// is acknowledged before more is.
func talk(t *testing.T, client, server *net.TCPConn, how int) {
	t.Helper()
	say := func(from *net.TCPConn) {
		t.Helper()
		if _, err := from.Write(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		settle(t, from)
	}
	say(client)
	say(server)
	if how >= 0 {
		onSocket(t, client, func(fd int) error { return unix.Shutdown(fd, how) })
		settle(t, client)
	}
	say(server)
	if how < 0 || how == unix.SHUT_RD {
		say(client)
	}
}

// settle waits until all that a socket has sent is acknowledged, its FIN too, or the
// socket is gone.
func settle(t *testing.T, c *net.TCPConn) {
	t.Helper()
	const delayed = 50 * time.Millisecond // an ACK is, by 40 ms at most (TCP_DELACK_MIN)
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		const gone = 7 // TCP_CLOSE, include/net/tcp_states.h
		left := 0
		onSocket(t, c, func(fd int) error {
			info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil || info.State == gone {
				return err
			}
			left, err = unix.IoctlGetInt(fd, unix.SIOCOUTQ)
			return err
		})
		if left == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d bytes are not acknowledged after 5 s", left)
		}
	}
	time.Sleep(delayed)
}

func onSocket(t *testing.T, c *net.TCPConn, do func(fd int) error) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

// flagsOf are those of a capture's segments, with who sent each; what a busy machine made
// somebody send again is left out.
func flagsOf(frames []capture.Frame, server uint16) []string {
	var out []string
	seen := map[wire.Segment]bool{}
	for _, f := range frames {
		s, ok := wire.ParseSegment(f.Bytes)
		again := seen[s]
		if f.Sent { // a loopback receives what it sends
			seen[s] = true
		}
		switch {
		case !ok || !f.Sent || again:
		case s.Src.Port() == server:
			out = append(out, fmt.Sprintf("<%s", s.Flags))
		default:
			out = append(out, fmt.Sprintf(">%s", s.Flags))
		}
	}
	return out
}
