package exhaustion

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limit is something other than ports that ran out or failed.
type Limit struct {
	// Name is the failure's key or the kernel counter that proves it.
	Name string `json:"name"`
	// Count is how often.
	Count int64 `json:"count"`
	// Text says what it means and what to do.
	Text string `json:"text"`
}

// limits names every limit that the run met, besides ports.
func limits(f Facts) []Limit {
	var out []Limit
	for _, key := range slices.Sorted(maps.Keys(f.Errors)) {
		if text, ok := meaning(f, key); ok {
			out = append(out, Limit{key, f.Errors[key], text})
		}
	}
	for _, c := range counterHints() {
		side := f.Client
		if c.server {
			side = f.Server
		}
		if n := side[c.name]; n > 0 {
			out = append(out, Limit{c.name, n, c.on(f.OneHost)})
		}
	}
	return append(out, natLimits(f.NAT)...)
}

// hint is a clause that says what an error means, empty when it speaks for itself.
func hint(f Facts, key string) string {
	if text, ok := meaning(f, key); ok {
		return fmt.Sprintf(" (%s)", text)
	}
	return ""
}

// meaning says what a failure means and what to do; false when it is about
// ports, speaks for itself, or is what the run was to see.
func meaning(f Facts, key string) (string, bool) {
	if f.foundDead() && strings.HasPrefix(key, "recv: ") {
		return "", false
	}
	if r := f.Finding.Refused; r != nil && r.key() == key && f.Finding.Outcome != Exhausted && !f.refusedAll() {
		return r.means(), true
	}
	if text, ok := natHint(f, key); ok {
		return text, true
	}
	if text, ok := elsewhereHint(f, key); ok {
		return text, true
	}
	if text, ok := linkHint(f, key); ok {
		return text, true
	}
	if text, ok := endHint(f, key); ok {
		return text, true
	}
	if f.WhyTLS != "" && slices.Contains(endsOfTLS(), key) {
		return f.WhyTLS, true
	}
	if f.Mismatch != "" && key == "expect: MISMATCH" {
		return f.Mismatch, true
	}
	if text, ok := heldHints(f.Use)[key]; ok {
		return text, true
	}
	if f.HTTP {
		if text, ok := httpHints()[key]; ok {
			return text, true
		}
	}
	text, ok := errorHints()[key]
	return text, ok
}

// elsewhereHint says that it is the host that ran out of ports which ended connections:
// what it found none for it can only close.
func elsewhereHint(f Facts, key string) (string, bool) {
	h := f.Finding.Elsewhere()
	if h == "" || h == NATHost || !slices.Contains([]string{"recv: EOF", "recv: ECONNRESET"}, key) {
		return "", false
	}
	return fmt.Sprintf("the %s ran out of local ports, and what it finds none for it can only close", h), true
}

// linkHint says that it is the lab's link that is waited for, where its rules
// can be the cause and no queue of the server's overflowed.
func linkHint(f Facts, key string) (string, bool) {
	if f.Link == "" || f.Server["TcpExtListenOverflows"] > 0 {
		return "", false
	}
	switch key {
	case "connect: TIMEOUT", "connect: ETIMEDOUT", "handshake: TIMEOUT", "recv: TIMEOUT", "recv: ETIMEDOUT":
		return fmt.Sprintf("the lab's link loses or holds up segments: --link %q", f.Link), true
	default:
		return "", false
	}
}

// endHint says that it is the end of connections that is waited for in vain: more
// answers came whole than connections succeeded.
func endHint(f Facts, key string) (string, bool) {
	n := f.Requests - f.Succeeded
	if key != "recv: TIMEOUT" || !f.AwaitsEnd || f.Use != OneRequest || n <= 0 {
		return "", false
	}
	s := "the server did not close its end within --timeout after a whole answer, for which --close shutdown and " +
		"--close server wait"
	if n < f.Errors[key] {
		s = "no whole answer within --timeout, or " + s
	}
	return s, true
}

// endsOfTLS are the failures of a connection whose handshake, or what came of it, did not
// please one of its sides.
func endsOfTLS() []string {
	return []string{"handshake: TLS", "handshake: EOF", "handshake: ECONNRESET", "recv: TLS", "recv: EOF",
		"recv: ECONNRESET", "send: ECONNRESET", "send: EPIPE"}
}

// httpHints says what a failure means where requests are HTTP's, beside
// errorHints.
func httpHints() map[string]string {
	return map[string]string{
		"recv: EOF":     "the server closed before the whole answer had arrived",
		"recv: SURPLUS": "the server sent more than the answer",
		"recv: TIMEOUT": "no whole answer within --timeout: the server, or what stands before it, " +
			"is too slow or has stopped",
	}
}

// heldHints says what a failure means on a connection that was held.
func heldHints(u Use) map[string]string {
	switch u {
	case Held:
		return map[string]string{
			"recv: EOF": "the server ended connections that were held: as it does when its idle timeout is " +
				"shorter than the run, or when it ends itself",
			"recv: ECONNRESET": "the server, or something on the way, reset connections that were held",
		}
	case ManyRequests:
		return map[string]string{
			"recv: EOF": "the server ended connections with a request on them, as at its limit of requests " +
				"or of idle time",
			"recv: ECONNRESET": "the server reset connections with a request on them, as at its limit of requests " +
				"or of idle time",
		}
	default:
		return nil
	}
}

// errorHints says what each failure that is not about ports means.
func errorHints() map[string]string {
	return map[string]string{
		"socket: EMFILE":   "this process has no file descriptor left: raise ulimit -n or lower --concurrency",
		"socket: ENFILE":   "the system has no file descriptor left: raise fs.file-max",
		"socket: ENOBUFS":  "the kernel has no memory for another socket",
		"socket: ENOMEM":   "the kernel has no memory for another socket",
		"connect: ENOBUFS": "the kernel has no memory for another connection",
		"connect: EPERM": "a firewall rule or a full connection tracking table (nf_conntrack_max) " +
			"stopped the packet",
		"connect: EACCES": "a firewall rule or security policy forbids the connection",
		"connect: EAGAIN": "the accept queue of the server's Unix socket was full: raise its backlog and " +
			"net.core.somaxconn",
		"connect: ENOENT":       "there is no such Unix socket: start the server, or check the file's name",
		"connect: ECONNREFUSED": "nothing listens on that port: start the server, or check the port",
		"connect: ECONNRESET":   "the server accepted the handshake and reset it",
		"connect: TIMEOUT": "no answer within --timeout: packets are dropped on the way, " +
			"or the server's accept queue is full",
		"connect: ETIMEDOUT":    "no answer: packets are dropped on the way, or the server's accept queue is full",
		"connect: ENETUNREACH":  "there is no route to the target",
		"connect: EHOSTUNREACH": "the target's host does not answer",
		"handshake: TLS": "the server's certificate is not one that this host trusts (--insecure accepts any), " +
			"or it does not speak TLS",
		"handshake: TIMEOUT": "the TLS handshake took longer than --timeout: the server is too slow, or speaks no TLS",
		"expect: TIMEOUT": "what is expected did not come whole within --timeout: the server is silent, or it waits " +
			"for more than was sent",
		"expect: MISMATCH": "the answer is not what is expected",
		"recv: ECONNRESET": "the server reset the connection, as it does when it closes with unread data",
		"recv: EOF": "the server closed before the whole answer had arrived; of a tcp target, " +
			"check --request-size and --response-size, and whether it speaks HTTP (http://)",
		"recv: ETIMEDOUT": "the peer is gone: it answered neither probes (--tcp-keepalive) nor retransmissions",
		"recv: MALFORMED": "the answer is not HTTP/1.1: check the scheme and the port",
		"recv: TOOLARGE":  "the head of the answer is longer than this tool reads",
		"recv: SURPLUS": "the server sent more than the answer; of a tcp target, check --response-size, " +
			"and whether it speaks HTTP (http://)",
		"recv: TIMEOUT": "no whole answer within --timeout; of a tcp target, check that the server expects " +
			"--request-size bytes",
		"bind: EADDRNOTAVAIL": "--source is not an address of this host",
		"bind: EINVAL":        "--source cannot be bound",
	}
}

type counterHint struct {
	name   string
	server bool
	text   string
}

// on is its text where all servers of the client's host are counted together: the one
// may be another than the target.
func (c counterHint) on(oneHost bool) string {
	if !c.server || !oneHost {
		return c.text
	}
	return "of all servers on this host: " + c.text
}

func counterHints() []counterHint {
	return []counterHint{
		{"TcpExtTCPTimeWaitOverflow", false,
			"tcp_max_tw_buckets is full: the kernel drops TIME_WAITs early, and old duplicates are no longer kept out"},
		{"TcpExtListenOverflows", true, "the server's accept queue was full: raise its backlog and net.core.somaxconn"},
		{"TcpExtListenDrops", true, "the server dropped connection requests: raise its backlog and net.core.somaxconn"},
		// It is as long as the accept queue (inet_csk_reqsk_queue_is_full); tcp_max_syn_backlog
		// bounds it only without SYN cookies, and does not count here.
		{"TcpExtTCPReqQFullDrop", true, "the server's SYN queue was full, which is as long as its accept queue: " +
			"raise its backlog and net.core.somaxconn"},
		{"TcpExtTCPReqQFullDoCookies", true, "the server's SYN queue was full, which is as long as its accept queue, " +
			"and it answered with SYN cookies: raise its backlog and net.core.somaxconn"},
	}
}
