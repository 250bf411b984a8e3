package bus

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tcpbench/internal/fault"
)

// No goroutine outlives the tests that started it. What other packages started for good
// when they were loaded is not ours.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// patience is how long a test waits for what has to happen.
const patience = 20 * time.Second

// hub starts one that ends with the test.
func hub(t *testing.T, o HubOptions) *Hub {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	h, err := StartHub(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// dial connects until the test ends.
func dial(t *testing.T, o Options) *Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := Dial(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// listen collects what is said on a subject.
func listen(t *testing.T, c *Conn, subject string) <-chan string {
	t.Helper()
	got := make(chan string, 100)
	if err := c.Subscribe(subject, func(s string, data []byte) { got <- s + " " + string(data) }); err != nil {
		t.Fatal(err)
	}
	return got
}

// next is the next of what is said, or a failure.
func next[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: nothing came within %v", what, patience)
		panic("unreachable")
	}
}

// say publishes.
func say(t *testing.T, c *Conn, subject, text string) {
	t.Helper()
	if err := c.Publish(subject, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestTheCoordinatorAndItsAgentsHearEachOther(t *testing.T) {
	h := hub(t, HubOptions{})
	coordinator := dial(t, Options{URL: h.URL()})
	heard := listen(t, coordinator, FromAll)
	a, b := dial(t, Options{URL: h.URL(), Name: "a"}), dial(t, Options{URL: h.URL(), Name: "b"})
	toA, toB := listen(t, a, ToAgent("a")), listen(t, b, ToAgent("b"))
	allA, allB := listen(t, a, ToAll), listen(t, b, ToAll)

	say(t, a, FromAgent("a"), "hello")
	if got, want := next(t, "hello", heard), "tcpbench.from.a hello"; got != want {
		t.Errorf("the coordinator heard %q, want %q", got, want)
	}
	say(t, coordinator, ToAgent("b"), "prepare")
	say(t, coordinator, ToAll, "go")
	for _, tt := range []struct {
		from <-chan string
		want string
	}{{toB, "tcpbench.to.b prepare"}, {allA, "tcpbench.all go"}, {allB, "tcpbench.all go"}} {
		if got := next(t, tt.want, tt.from); got != tt.want {
			t.Errorf("heard %q, want %q", got, tt.want)
		}
	}
	if len(toA) != 0 {
		t.Errorf("agent a heard what was said to b: %q", <-toA)
	}
}

func TestMessagesComeInTheirOrder(t *testing.T) {
	h := hub(t, HubOptions{})
	a, c := dial(t, Options{URL: h.URL(), Name: "a"}), dial(t, Options{URL: h.URL()})
	got := make(chan byte, 10_000)
	if err := c.Subscribe(FromAll, func(_ string, data []byte) { got <- data[0] }); err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		if err := a.Publish(FromAgent("a"), []byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10_000 {
		if b := next(t, "a message", got); b != byte(i) {
			t.Fatalf("message %d is %d", i, b)
		}
	}
}

func TestAHubThatNeedsKeysIsRefusedWithout(t *testing.T) {
	tests := []struct {
		name, listen string
		want         string // in the error; empty where it starts
	}{
		{"the loopback address", "127.0.0.1:0", ""},
		{"another of them", "127.0.0.2:0", ""},
		{"its name", "localhost:0", ""},
		{"all addresses", "0.0.0.0:0", "tcpbench fleet keys"},
		{"all, of both families", "[::]:0", "tcpbench fleet keys"},
		{"all, by no address", ":0", "tcpbench fleet keys"},
		{"one of the network's", "192.0.2.1:4222", "tcpbench fleet keys"},
		{"no port", "127.0.0.1", "HOST:PORT"},
		{"a port that is none", "127.0.0.1:x", "HOST:PORT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, err := StartHub(HubOptions{Listen: tt.listen})
			if err == nil {
				defer h.Close()
			}
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("StartHub(%q) = %v", tt.listen, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) ||
				fault.Status(err) != fault.StatusUsage):
				t.Errorf("StartHub(%q) = %v (status %d), want a mistake in usage with %q", tt.listen, err,
					fault.Status(err), tt.want)
			}
		})
	}
}

func TestAPortThatIsTakenIsSaid(t *testing.T) {
	h := hub(t, HubOptions{})
	second, err := StartHub(HubOptions{Listen: h.Addr()})
	if err == nil {
		second.Close()
		t.Fatal("a second hub listens at the first one's address")
	}
	if !strings.Contains(err.Error(), "address already in use") || !strings.Contains(err.Error(), h.Addr()) ||
		fault.Status(err) != fault.StatusHost {
		t.Errorf("StartHub = %v, want the host's fault, with the address and the reason", err)
	}
}

// A hub that is closed leaves no descriptor; TestMain sees goroutines.
func TestAHubAndItsConnectionsLeaveNothing(t *testing.T) {
	round := func() {
		h, err := StartHub(HubOptions{Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		c, err := Dial(t.Context(), Options{URL: h.URL(), Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		listen(t, c, ToAll)
		say(t, c, ToAll, "x")
	}
	round() // what the process opens once
	before := descriptors(t)
	for range 5 {
		round()
	}
	for end := time.Now().Add(patience); descriptors(t) > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d descriptors are open, %d were before", descriptors(t), before)
		}
	}
	if err := goleak.Find(goleak.IgnoreCurrent()); err != nil {
		t.Error(err)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the descriptors of a process are listed on Linux only")
	}
	return len(list)
}

// A hub that goes and comes back is found again, and what was said meanwhile is not
// delivered after.
func TestAConnectionComesBackWithoutWhatIsOld(t *testing.T) {
	t.Parallel()
	h := hub(t, HubOptions{})
	lost, back := make(chan bool, 10), make(chan time.Time, 10)
	a := dial(t, Options{URL: h.URL(), Name: "a", Lost: func() { lost <- true },
		Back: func() { back <- time.Now() }})
	orders := listen(t, a, ToAgent("a"))
	addr := h.Addr()
	h.Close()
	next(t, "that the line is lost", lost)
	if err := a.Publish(FromAgent("a"), []byte("stale")); err == nil {
		t.Error("Publish while the line is lost = nil, want an error: nobody will deliver it")
	}
	time.Sleep(1500 * time.Millisecond) // long enough for the longest wait between tries
	started := time.Now()
	h = hub(t, HubOptions{Listen: addr})
	heard := listen(t, dial(t, Options{URL: h.URL()}), FromAll)
	if took := next(t, "that the line is back", back).Sub(started); took > 2*time.Second {
		t.Errorf("it took %v until the agent was back, want half a second and what the machine is late", took)
	}
	say(t, a, FromAgent("a"), "fresh")
	if got := next(t, "what is said now", heard); got != "tcpbench.from.a fresh" {
		t.Errorf("heard %q, want what was said after", got)
	}
	c := dial(t, Options{URL: h.URL()})
	say(t, c, ToAgent("a"), "order")
	if got := next(t, "an order", orders); got != "tcpbench.to.a order" {
		t.Errorf("the agent heard %q: its subscription has to stand again", got)
	}
}

func TestDialWaitsForAHub(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = Dial(ctx, Options{URL: addr})
	if !errors.Is(err, context.DeadlineExceeded) || fault.Status(err) != fault.StatusHost ||
		!strings.Contains(err.Error(), addr) {
		t.Errorf("Dial where nobody listens = %v, want the deadline, with the address", err)
	}
	time.AfterFunc(300*time.Millisecond, func() {
		if h, err := StartHub(HubOptions{Listen: addr}); err == nil {
			t.Cleanup(h.Close)
		}
	})
	dial(t, Options{URL: addr})
}

// Who accepts and says nothing does not hold a Dial whose context is done.
func TestDialEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = Dial(ctx, Options{URL: l.Addr().String()})
	if err == nil || time.Since(begun) > 2*time.Second {
		t.Errorf("Dial to who says nothing = %v after %v", err, time.Since(begun))
	}
}

func TestURLsOfAHub(t *testing.T) {
	tests := []struct {
		name, url string
		shown     string
		loopback  bool
		want      string // in the error
	}{
		{"NATS", "nats://hub:4222", "nats://hub:4222", false, ""},
		{"TLS on loopback", "tls://127.0.0.1:4222", "tls://127.0.0.1:4222", true, ""},
		{"no scheme", "localhost:4222", "nats://localhost:4222", true, ""},
		{"a password is not shown", "nats://me:secret@hub:4222", "nats://hub:4222", false, ""},
		{"nor a token", "tls://secret@hub", "tls://hub", false, ""},
		{"a cluster", "nats://me:secret@a,nats://me:secret@b", "nats://a, nats://b", false, ""},
		{"part of it on loopback", "nats://127.0.0.1,nats://b", "nats://127.0.0.1, nats://b", false, ""},
		{"another scheme", "http://me:secret@hub", "", false, "tls://HOST:PORT"},
		{"none", "", "", false, "tls://HOST:PORT"},
		{"no host", "nats://", "", false, "tls://HOST:PORT"},
		{"one that is damaged", "nats://me:secret%zz@hub", "", false, "damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := parseURLs(tt.url)
			if tt.want == "" {
				if err != nil || a.String() != tt.shown || a.loopback != tt.loopback {
					t.Errorf("parseURLs = %+v, %v, want %q, loopback %v", a, err, tt.shown, tt.loopback)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("parseURLs = %v, want %q and no password", err, tt.want)
			}
		})
	}
}

func TestTriesComeSoonAndNotAllAtOnce(t *testing.T) {
	for _, tt := range []struct {
		a    address
		most time.Duration
	}{{address{loopback: true}, 500 * time.Millisecond}, {address{}, 2 * time.Second}} {
		seen := map[time.Duration]bool{}
		for tries := 1; tries < 100; tries++ {
			d := tt.a.wait(tries)
			if d < firstWait || d > tt.most {
				t.Errorf("wait(%d) = %v, want %v to %v", tries, d, firstWait, tt.most)
			}
			seen[d] = true
		}
		if len(seen) < 50 {
			t.Errorf("99 waits are %d different ones: agents would come in step", len(seen))
		}
	}
}

// Closing is no loss: nobody is told of what he did himself.
func TestClosingTellsNobody(t *testing.T) {
	h := hub(t, HubOptions{})
	var told atomic.Int32
	tell := func() { told.Add(1) }
	c := dial(t, Options{URL: h.URL(), Lost: tell, Back: tell, Closed: func(error) { tell() }})
	c.Close()
	c.Close()
	time.Sleep(200 * time.Millisecond)
	if n := told.Load(); n != 0 {
		t.Errorf("%d callbacks after Close, want none", n)
	}
	if err := c.Publish(ToAll, nil); err == nil {
		t.Error("Publish after Close = nil, want an error")
	}
}

// Without keys two agents of one name are both there: which is why a hello has to say
// which process it is from.
func TestTwoAgentsOfOneNameAreBothHeard(t *testing.T) {
	h := hub(t, HubOptions{})
	c := dial(t, Options{URL: h.URL()})
	heard := listen(t, c, FromAll)
	one, two := dial(t, Options{URL: h.URL(), Name: "a"}), dial(t, Options{URL: h.URL(), Name: "a"})
	toOne, toTwo := listen(t, one, ToAgent("a")), listen(t, two, ToAgent("a"))
	say(t, one, FromAgent("a"), "1")
	next(t, "the first", heard)
	say(t, two, FromAgent("a"), "2")
	next(t, "the second", heard)
	say(t, c, ToAgent("a"), "order")
	next(t, "the first's order", toOne)
	next(t, "the second's order", toTwo)
}
