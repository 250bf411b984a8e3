package labtest

import (
	"net"
	"testing"
)

// EndMeanwhile opens a connection to a listener and closes the client's end, then the
// server's while look looks.
func EndMeanwhile(t *testing.T, l net.Listener, look func()) {
	t.Helper()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	closed := make(chan struct{})
	go func() {
		server.Close()
		close(closed)
	}()
	look()
	<-closed
}
