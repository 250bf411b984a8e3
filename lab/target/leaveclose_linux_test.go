package target_test

import (
	"bufio"
	"io"
	"net/http"
	"testing"
	"time"

	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

// A server that leaves the close to its client says close, and answers again
// when the client does not.
func TestServerThatLeavesTheCloseToItsClient(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTP, ResponseSize: 4, LeaveClose: true})
	c := dial(t, s, 0)
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	for i := range 2 {
		if _, err := io.WriteString(c, "GET / HTTP/1.0\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatalf("request %d: %v", i+1, err)
		}
		answer, err := http.ReadResponse(in, nil)
		if err != nil || answer.StatusCode != http.StatusOK || !answer.Close {
			t.Fatalf("answer %d = %v, %v, want 200 that says close", i+1, answer, err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil {
			t.Fatal(err)
		}
	}
}
