package target_test

import (
	"bufio"
	"net"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

func TestEchoClosesAfterSoManyAnswers(t *testing.T) {
	s := targettest.Start(t, target.Config{RequestSize: 64, ResponseSize: 64, MaxRequests: 3})
	for range 2 { // the second connection counts from 0 again
		conn := dial(t, s, 0)
		send(t, conn, make([]byte, 5*64)) // what comes after the last answer is not answered
		receive(t, conn, 3*64, 64)
	}
	conn := dial(t, s, 0)
	for range 3 {
		send(t, conn, make([]byte, 64))
		receive(t, conn, 64, 64)
	}
	atEnd(t, conn)
	if got := s.Stop(); got.Accepted != 3 || got.Requests != 9 {
		t.Errorf("Stop() = %+v, want 3 connections with 3 requests each", got)
	}
}

func TestHTTPAnnouncesTheLastAnswer(t *testing.T) {
	const get = "GET / HTTP/1.1\r\n\r\n"
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 10, MaxRequests: 3})
	for range 2 {
		conn := dial(t, s, 0)
		r := bufio.NewReader(conn)
		for i, resp := range ask(t, conn, r, []string{get + "HEAD / HTTP/1.1\r\n\r\n" + get}, "GET", "HEAD", "GET") {
			if resp.StatusCode != 200 || resp.Close != (i == 2) {
				t.Errorf("answer %d = %d, Connection: close %t, want 200, and to close after the third", i+1,
					resp.StatusCode,
					resp.Close)
			}
		}
		atEnd(t, r)
	}
}

// exchange sends a whole request and reads its whole answer.
func exchange(t *testing.T, c target.Config, conn net.Conn) {
	t.Helper()
	if c.Protocol == scenario.ServerHTTP {
		tcp := conn.(*net.TCPConn)
		ask(t, tcp, bufio.NewReader(tcp), []string{"GET / HTTP/1.1\r\n\r\n"}, "GET")
		return
	}
	send(t, conn, make([]byte, c.RequestSize))
	receive(t, conn, c.ResponseSize, c.ResponseSize)
}

func TestIdleConnectionsAreClosedWithoutAWord(t *testing.T) {
	const timeout = 300 * time.Millisecond
	for _, c := range []target.Config{
		{Protocol: scenario.ServerEcho, RequestSize: 64, ResponseSize: 64, IdleTimeout: timeout},
		{Protocol: scenario.ServerHTTP, ResponseSize: 64, IdleTimeout: timeout},
	} {
		t.Run(string(c.Protocol), func(t *testing.T) {
			s := targettest.Start(t, c)
			silent, idle, busy := dial(t, s, 0), dial(t, s, 0), dial(t, s, 0)
			exchange(t, c, idle)
			begun := time.Now()
			exchange(t, c, busy)
			ended := make(chan time.Duration)
			go func() {
				atEnd(t, silent)
				atEnd(t, idle)
				ended <- time.Since(begun)
			}()
			for over := false; !over; { // as long as something moves a connection stays
				exchange(t, c, busy)
				select {
				case after := <-ended:
					if over = true; after < timeout*9/10 {
						t.Errorf("an idle connection ended after %v, want %v", after, timeout)
					}
				default:
				}
			}
			exchange(t, c, busy)
			if got := s.Stop(); got.Accepted != 3 || got.Resets+got.Errors != 0 {
				t.Errorf("Stop() = %+v, want 3 connections and no failure", got)
			}
		})
	}
}
