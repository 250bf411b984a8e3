package engine

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpbench/internal/sys"
)

// A socket is parked where close(2) would send FIN and be the first to: what is unread
// makes that a RST, and after the peer's FIN the TIME_WAIT is the peer's.
func TestASocketIsParkedWhereNothingIsLeftInIt(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sent   string
		fin    bool
		looked bool // because nothing tells what is left
		want   bool
	}{
		{"its answer was read", "abcd", false, false, true},
		{"its answer was read, which a look tells", "abcd", false, true, true},
		{"something is unread", "abcdefgh", false, false, false},
		{"something is unread, which a look tells", "abcdefgh", false, true, false},
		{"the peer has closed", "abcd", true, false, false},
		{"the peer has closed, which a look tells", "abcd", true, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			poller, e := sys.NewPoller(1)
			if e != 0 {
				t.Fatal(e)
			}
			defer poller.Close()
			s := newSockets(poller, 1)
			fd, peer := connected(t)
			defer peer.Close()
			defer sys.Close(fd)
			s.add(fd, 0)
			if tell := sys.TellLeft(); !tt.looked {
				if e := tell.Set(fd); e != 0 {
					t.Fatal(e)
				}
			}
			if _, err := peer.Write([]byte(tt.sent)); err != nil {
				t.Fatal(err)
			}
			if tt.fin {
				peer.Close()
			}
			time.Sleep(10 * time.Millisecond) // over loopback it is there
			if n, e := s.recv(fd, make([]byte, 4)); n != 4 || e != 0 {
				t.Fatalf("recv() = %d, %v, want 4", n, e)
			}
			if s.all[fd].drained != (tt.want && !tt.looked) {
				t.Errorf("drained = %t before a look", s.all[fd].drained)
			}
			if got := s.keep(fd, &Plan{Keep: true, Parked: 1}, 0); got != tt.want {
				t.Errorf("keep() = %t, want %t", got, tt.want)
			}
		})
	}
}

// connected is a socket, and its peer.
func connected(t *testing.T) (int, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fd, e := sys.Socket(unix.AF_INET)
	if e != 0 {
		t.Fatal(e)
	}
	a := sys.NewAddress(l.Addr().(*net.TCPAddr).AddrPort())
	if e := sys.Connect(fd, &a); e != 0 && e != unix.EINPROGRESS {
		t.Fatal(e)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return fd, c
}
