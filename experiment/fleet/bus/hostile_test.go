package bus

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// raw is a connection that speaks as it likes.
func raw(t *testing.T, h *Hub) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", h.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// ends reads until the hub has closed the connection, and returns what came before.
func ends(t *testing.T, r io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(r)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Fatalf("the hub keeps the connection, and says %.200q", text)
	}
	return string(text)
}

// Whoever speaks another language is cut off, and nobody else is in danger.
func TestAHubCutsOffWhoDoesNotSpeakItsLanguage(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	tests := []struct {
		name, keys, text string
	}{
		{"HTTP", "", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
		{"HTTP, where TLS is needed", dir, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
		{"NATS without TLS, where it is needed", dir,
			"CONNECT {\"verbose\":false}\r\nPUB tcpbench.all 2\r\ngo\r\nPING\r\n"},
		{"a line without an end", "", strings.Repeat("x", 1<<20)},
		{"a line without an end, where TLS is needed", dir, strings.Repeat("x", 1<<20)},
		{"zeros", "", strings.Repeat("\x00", 4096)},
		{"a payload of 2 MB", "", "CONNECT {}\r\nPUB tcpbench.all 2097152\r\n" + strings.Repeat("x", 2<<20) + "\r\n"},
		{"a payload of less than nothing", "", "CONNECT {}\r\nPUB tcpbench.all -1\r\n\r\n"},
		{"a payload whose size overflows", "", "CONNECT {}\r\nPUB tcpbench.all 99999999999999999999\r\n\r\n"},
		{"a CONNECT that is not JSON", "", "CONNECT {\"a\":\r\n"},
		{"a server's language", "", "CONNECT {}\r\nRS+ $G tcpbench.all\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := hub(t, HubOptions{Keys: tt.keys})
			creds, name := "", "b"
			if tt.keys != "" {
				creds, name = AgentCreds(dir, "a"), "a"
			}
			good := dial(t, Options{URL: h.URL(), Creds: creds, Name: name})
			heard := listen(t, good, ToAll)
			c, r := raw(t, h)
			go func() { _, _ = io.WriteString(c, tt.text) }() // the hub may end it before all is written
			if text := ends(t, r); strings.Contains(text, "PONG") {
				t.Errorf("the hub answers %q", text)
			}
			if err := good.Flush(); err != nil {
				t.Errorf("another connection: %v", err)
			}
			if len(heard) > 0 {
				t.Errorf("it was passed on: %q", <-heard)
			}
		})
	}
}

// The hub says that it wants TLS, and nothing that a stranger could use.
func TestAPlainConnectionIsToldToUseTLS(t *testing.T) {
	h := hub(t, HubOptions{Keys: made(t, KeyOptions{})})
	_, r := raw(t, h)
	line, err := r.ReadString('\n')
	if err != nil || !strings.Contains(line, `"tls_required":true`) || !strings.Contains(line, `"tls_verify":true`) {
		t.Errorf("the hub says %q, %v", line, err)
	}
}

// A hub without TLS says nothing that opens a connection with credentials: no downgrade.
func TestCredentialsAreNotShownWithoutTLS(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 10)
	go func() { // a false hub, until the listener is closed
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, `INFO {"server_id":"x","max_payload":1048576,"proto":1,"nonce":"abcdefghijk"}`+
				"\r\n")
			_ = c.SetReadDeadline(time.Now().Add(time.Second))
			text, _ := io.ReadAll(c)
			got <- string(text)
			c.Close()
		}
	}()
	_, err = Dial(t.Context(), Options{URL: l.Addr().String(), Creds: AgentCreds(dir, "a"), Name: "a"})
	failsWith(t, err, "the hub has no keys")
	if text := next(t, "what it was told", got); text != "" {
		t.Errorf("a hub without TLS is told %q, want nothing", text)
	}
}

// Too large a message is refused where it arises: the hub would end the connection.
func TestTooLargeAMessageIsRefusedBeforeItIsSent(t *testing.T) {
	h := hub(t, HubOptions{})
	lost := make(chan bool, 1)
	a := dial(t, Options{URL: h.URL(), Name: "a", Lost: func() { lost <- true }})
	sizes := make(chan int, 10)
	c := dial(t, Options{URL: h.URL()})
	if err := c.Subscribe(FromAll, func(_ string, data []byte) { sizes <- len(data) }); err != nil {
		t.Fatal(err)
	}
	if err := a.Publish(FromAgent("a"), make([]byte, MostPayload)); err != nil {
		t.Errorf("Publish of the most that may be = %v", err)
	}
	if got := next(t, "it", sizes); got != MostPayload {
		t.Errorf("%d bytes arrived, want %d", got, MostPayload)
	}
	if err := a.Publish(FromAgent("a"), make([]byte, MostPayload+1)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("Publish of a byte more = %v, want ErrMaxPayload", err)
	}
	if err := a.Flush(); err != nil || len(lost) > 0 {
		t.Errorf("the connection is lost (%v)", err)
	}
}

// An agent that asks for the same a hundred thousand times gets a few, and is told.
func TestAConnectionHasFewSubscriptions(t *testing.T) {
	h := hub(t, HubOptions{})
	c, r := raw(t, h)
	var b strings.Builder
	b.WriteString("CONNECT {}\r\n")
	for i := range 1000 {
		fmt.Fprintf(&b, "SUB tcpbench.all %d\r\n", i)
	}
	b.WriteString("PING\r\n")
	if _, err := io.WriteString(c, b.String()); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "-ERR 'maximum subscriptions exceeded") {
			refused++
		}
		if strings.HasPrefix(line, "PONG") {
			break
		}
	}
	if refused != 1000-mostSubscriptions {
		t.Errorf("%d of 1000 subscriptions were refused, want all but %d", refused, mostSubscriptions)
	}
}

// Who does not read is cut off; meanwhile the coordinator does not wait, and others hear it.
func TestASlowAgentDoesNotHoldUpTheOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the server of NATS that has much to do")
	}
	t.Parallel()
	trouble := make(chan string, 1000)
	h := hub(t, HubOptions{Trouble: func(s string) { trouble <- s }})
	slow, r := raw(t, h)
	if _, err := io.WriteString(slow, "CONNECT {}\r\nSUB tcpbench.all 1\r\nPING\r\n"); err != nil {
		t.Fatal(err)
	}
	for line := ""; !strings.HasPrefix(line, "PONG"); {
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	} // from here on it reads nothing
	heard := make(chan time.Time, 1000)
	err := dial(t, Options{URL: h.URL(), Name: "b"}).Subscribe(ToAll, func(string, []byte) { heard <- time.Now() })
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, Options{URL: h.URL()})
	before := h.Connections()
	large := make([]byte, 1<<20)
	var longest time.Duration
	for range 128 { // twice what may be pending
		begun := time.Now()
		if err := c.Publish(ToAll, large); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, next(t, "the other agent", heard).Sub(begun))
	}
	if longest > writeDeadline {
		t.Errorf("a message to the other agent took %v", longest)
	}
	if got := next(t, "that one is slow", trouble); !strings.Contains(got, "Slow Consumer") {
		t.Errorf("the hub says %q, want that a consumer is slow", got)
	}
	for end := time.Now().Add(patience); h.Connections() != before-1; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d connections are open, want that of the slow one closed, of %d", h.Connections(), before)
		}
	}
}

// An agent that sends all it can does not keep another's from the coordinator.
func TestAFloodDoesNotSilenceTheOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the server of NATS that has much to do")
	}
	t.Parallel()
	dir := made(t, KeyOptions{Agents: []string{"a", "b"}})
	h := hub(t, HubOptions{Keys: dir})
	c := coordinator(t, h, dir)
	heard := make(chan string, 1000)
	if err := c.Subscribe(FromAll, func(subject string, data []byte) {
		if name, _ := Sender(subject); name == "b" {
			heard <- string(data)
		}
	}); err != nil {
		t.Fatal(err)
	}
	a, b := agent(t, h, dir, "a"), agent(t, h, dir, "b")
	over := make(chan struct{})
	var flood sync.WaitGroup
	flood.Go(func() {
		message := make([]byte, 10_000)
		for {
			select {
			case <-over:
				return
			default:
				_ = a.Publish(FromAgent("a"), message) // an error while it is cut off: it goes on
			}
		}
	})
	defer flood.Wait()
	defer close(over)
	var longest time.Duration
	for i := range 20 {
		begun := time.Now()
		say(t, b, FromAgent("b"), fmt.Sprint(i))
		if got := next(t, "b", heard); got != fmt.Sprint(i) {
			t.Fatalf("heard %q, want %d", got, i)
		}
		longest = max(longest, time.Since(begun))
		time.Sleep(20 * time.Millisecond)
	}
	if longest > 2500*time.Millisecond {
		t.Errorf("b was not heard for %v: the coordinator would take it for lost", longest)
	}
	t.Logf("b was heard within %v", longest)
}

// Strangers that connect and say nothing are cut off, and do not keep agents out.
func TestSilentStrangersAreCutOff(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits for the handshake's time")
	}
	t.Parallel()
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	opts := hubOptions(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err := admitByKeys(opts, dir, t.Logf); err != nil {
		t.Fatal(err)
	}
	if opts.TLSTimeout != handshake.Seconds() {
		t.Errorf("a handshake may take %v s, want %v", opts.TLSTimeout, handshake)
	}
	const within = 5 * time.Second // nobody waits for a minute here
	opts.TLSTimeout = within.Seconds()
	h, err := start(opts, &hubLog{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	_, r := raw(t, h)
	for range 100 {
		raw(t, h)
	}
	agent(t, h, dir, "a")
	begun := time.Now()
	ends(t, r)
	if took := time.Since(begun); took > within+5*time.Second {
		t.Errorf("a silent stranger was cut off after %v, want %v", took, within)
	}
}

// Who comes again takes up the session of before, which costs the hub less.
func TestWhoComesAgainTakesUpItsSession(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	h := hub(t, HubOptions{Keys: dir})
	back := make(chan bool, 10)
	c := dial(t, Options{URL: h.URL(), Creds: AgentCreds(dir, "a"), Name: "a", Back: func() { back <- true }})
	resumed := func() bool {
		state, err := c.nats.TLSConnectionState()
		if err != nil {
			t.Fatal(err)
		}
		return state.DidResume
	}
	if resumed() {
		t.Error("the first connection takes up a session")
	}
	if err := c.nats.ForceReconnect(); err != nil {
		t.Fatal(err)
	}
	next(t, "that the line is back", back)
	if !resumed() {
		t.Error("the second connection does not take up the session of the first")
	}
}

// What a hub's peer needs to know of the session: TLS 1.3 on both sides.
func TestConnectionsAreTLS13(t *testing.T) {
	dir := made(t, KeyOptions{Agents: []string{"a"}})
	c := agent(t, hub(t, HubOptions{Keys: dir}), dir, "a")
	state, err := c.nats.TLSConnectionState()
	if err != nil || state.Version != tls.VersionTLS13 {
		t.Errorf("TLS is version %x, %v, want 1.3", state.Version, err)
	}
}
