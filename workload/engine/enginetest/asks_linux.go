package enginetest

import (
	"bufio"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"tcpbench/scenario"
	"tcpbench/workload/engine"
	"tcpbench/workload/http1"
)

// asked counts requests by their host, path and credentials.
type asked struct {
	mu sync.Mutex
	n  map[string]int
}

func (a *asked) handle(c net.Conn) {
	for r := bufio.NewReader(c); ; {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		user, password, _ := req.BasicAuth()
		a.mu.Lock()
		a.n[req.Host+req.RequestURI+" "+user+":"+password]++
		a.mu.Unlock()
		if _, err := c.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n")); err != nil {
			return
		}
	}
}

// counts are the requests so far.
func (a *asked) counts() map[string]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.n)
}

// Two destinations, of which one is asked for two things and the other for one.
func asksInTurn(t *testing.T, e Subject) {
	asks := [][]engine.Ask{
		{{Authority: "one", Path: "/a"}, {Authority: "two", Path: "/b?c", Credentials: "me:se cret"}},
		{{Authority: "three", Path: "/"}},
	}
	for _, mode := range []scenario.Mode{scenario.ModeShort, scenario.ModeKeepalive} {
		t.Run(string(mode), func(t *testing.T) {
			var addrs []netip.AddrPort
			var servers []*asked
			for range asks {
				s := &asked{n: map[string]int{}}
				servers, addrs = append(servers, s), append(addrs, serve(t, s.handle))
			}
			j := newJob(addrs...).asking(t, "GET")
			j.plan.Mode, j.plan.HTTP.Asks, j.limit, j.concurrency = mode, asks, 400, 2
			j.plan.HTTP.Header = nil
			for _, of := range asks {
				j.plan.Messages = append(j.plan.Messages, messages(t, of))
			}
			if o := j.run(t, e); o.Requests != 400 || o.Failed != 0 {
				t.Errorf("%d answers, errors %v, want 400 and none", o.Requests, o.errors())
			}
			// Each of two connections stays with its destination, where connections are held.
			one, other := servers[0].counts(), servers[1].counts()
			first := one["one/a :"] + one["two/b?c me:se cret"]
			even := first/2 - one["one/a :"]
			if len(one) != 2 || len(other) != 1 || even < -1 || even > 1 || first < 100 ||
				first+other["three/ :"] != 400 {
				t.Errorf("requests = %v and %v, want 400, and at the first as many for either", one, other)
			}
		})
	}
}

// messages are requests for what is asked for.
func messages(t *testing.T, asks []engine.Ask) []engine.Message {
	t.Helper()
	var out []engine.Message
	for _, a := range asks {
		r := http1.Request{Method: "GET", Target: a.Path, Host: a.Authority, Header: a.Authorization()}
		b, err := r.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, engine.Message{Request: b, Last: b})
	}
	return out
}
