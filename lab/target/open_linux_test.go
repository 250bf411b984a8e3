package target_test

import (
	"io"
	"net"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

// A server that keeps its end open answers as ever, does not answer a FIN, and
// lets go of an end that the client has reset.
func TestAServerCanKeepItsEndOpen(t *testing.T) {
	for _, protocol := range []string{scenario.ServerEcho, scenario.ServerHTTP} {
		t.Run(protocol, func(t *testing.T) {
			s := targettest.Start(t, target.Config{Protocol: protocol, RequestSize: 4, ResponseSize: 4, KeepOpen: true})
			conn, reset := dial(t, s, 0), dial(t, s, 0)
			request := map[string]string{scenario.ServerEcho: "ping",
				scenario.ServerHTTP: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"}[protocol]
			for _, c := range []*net.TCPConn{conn, reset} {
				if _, err := c.Write([]byte(request)); err != nil {
					t.Fatal(err)
				}
				if n, err := c.Read(make([]byte, 1000)); n < 4 || err != nil {
					t.Fatalf("Read() = %d, %v, want an answer", n, err)
				}
				if err := c.CloseWrite(); err != nil {
					t.Fatal(err)
				}
			}
			if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if n, err := conn.Read(make([]byte, 1)); n != 0 || err == io.EOF {
				t.Errorf("Read() after a FIN = %d, %v, want a timeout", n, err)
			}
			if err := reset.SetLinger(0); err != nil {
				t.Fatal(err)
			}
			before := descriptors()
			reset.Close()
			for end := time.Now().Add(deadline); descriptors() > before-2; time.Sleep(time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d descriptors are open, %d were, want both ends of a reset connection closed",
						descriptors(), before)
				}
			}
		})
	}
}
