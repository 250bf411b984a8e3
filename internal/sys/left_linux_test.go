package sys

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What is left is data that has arrived, and the peer's FIN.
func TestRecvLeftTellsWhatIsLeft(t *testing.T) {
	for _, tt := range []struct {
		name string
		sent string
		fin  bool
		left bool
	}{
		{"all was read", "abcd", false, false},
		{"more has come", "abcdefgh", false, true},
		{"a FIN has come", "abcd", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fd, peer := connected(t)
			tell := TellLeft()
			if e := tell.Set(fd); e != 0 {
				t.Fatal(e)
			}
			if _, err := peer.Write([]byte(tt.sent)); err != nil {
				t.Fatal(err)
			}
			if tt.fin {
				if err := peer.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond) // over loopback it is there
			b := make([]byte, 4)
			n, left, known, e := RecvLeft(fd, b)
			if n != 4 || left != tt.left || !known || e != 0 {
				t.Errorf("RecvLeft() = %d, %t, %t, %v, want 4, %t, true", n, left, known, e, tt.left)
			}
			if len(tt.sent) == 4 {
				return
			}
			if n, left, known, e = RecvLeft(fd, b); n != 4 || left || !known || e != 0 {
				t.Errorf("RecvLeft() of the rest = %d, %t, %t, %v, want 4, false, true", n, left, known, e)
			}
		})
	}
	fd, _ := connected(t)
	if _, _, known, e := RecvLeft(fd, make([]byte, 4)); known || e != unix.EAGAIN {
		t.Errorf("RecvLeft() of nothing = known %t, %v, want EAGAIN", known, e)
	}
}

func TestWithoutTheOptionWhatIsLeftIsNotKnown(t *testing.T) {
	fd, peer := connected(t)
	if _, err := peer.Write([]byte("abcd")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond)
	if n, _, known, e := RecvLeft(fd, make([]byte, 4)); n != 4 || known || e != 0 {
		t.Errorf("RecvLeft() = %d, known %t, %v, want 4, not known", n, known, e)
	}
}

// connected is a socket, and its peer.
func connected(t *testing.T) (int, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fd, e := Socket(unix.AF_INET)
	if e != 0 {
		t.Fatal(e)
	}
	t.Cleanup(func() { Close(fd) })
	a := NewAddress(l.Addr().(*net.TCPAddr).AddrPort())
	if e := Connect(fd, &a); e != 0 && e != unix.EINPROGRESS {
		t.Fatal(e)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return fd, c.(*net.TCPConn)
}
