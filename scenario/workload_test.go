package scenario

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var sameAddr = cmpopts.EquateComparable(netip.Addr{})

func TestSetReadsEveryOption(t *testing.T) {
	tests := []struct {
		name, option, value string
		want                string // Setting.String(); the value itself when empty
		err                 string
	}{
		{"a number", "concurrency", "200", "", ""},
		{"thousands", "concurrency", "10k", "10000", ""},
		{"too few connections", "concurrency", "0", "", "concurrency: 0 is outside 1 to 1000000"},
		{"too many", "concurrency", "1000001", "", "concurrency: 1000001 is outside 1 to 1000000"},
		{"no number", "concurrency", "many", "", `concurrency: "many" is not a whole number`},
		{"more than an int", "concurrency", "99999999999", "", "concurrency: 99999999999 is outside 1 to 1000000"},
		{"no count", "count", "none", "", ""},
		{"a count", "count", "1m", "1000000", ""},
		{"a count of nothing", "count", "0", "", "count: 0 is below 1"},
		{"a broken count", "count", "x", "", `count: "x" is not a count such as 5000, 10k or 1m`},
		{"a duration", "duration", "90s", "1m30s", ""},
		{"no duration at all", "duration", "0", "", "duration: 0s is outside 1ms to 24h0m0s"},
		{"more than a day", "duration", "25h", "", "duration: 25h0m0s is outside 1ms to 24h0m0s"},
		{"a duration without a unit", "duration", "10", "", `duration: "10" has no unit; use 10s or 10ms`},
		{"a rate", "rate", "10k", "10000", ""},
		{"a ramp", "rate", "100..10k", "100..10000", ""},
		{"arrivals", "arrival", "poisson", "", ""},
		{"a mode", "mode", "keepalive", "", ""},
		{"an unknown word", "mode", "long", "", `mode: "long" is not one of short, keepalive, idle`},
		{"requests on a connection", "requests-per-conn", "100", "", ""},
		{"a span of requests", "requests-per-conn", "1:1k", "1:1000", ""},
		{"a span that runs backwards", "requests-per-conn", "9:3", "",
			"requests-per-conn: 9:3 runs backwards; use 3:9"},
		{"no request", "requests-per-conn", "0", "", "requests-per-conn: 0 is outside 1 to 1000000000"},
		{"a broken span", "requests-per-conn", "a:b", "", `requests-per-conn: "a" is not N, MIN:MAX or unlimited`},
		{"TCP keepalive", "tcp-keepalive", "60s,10s,3", "1m0s,10s,3", ""},
		{"TCP keepalive with the kernel's values", "tcp-keepalive", "on", "", ""},
		{"no TCP keepalive", "tcp-keepalive", "off", "", ""},
		{"TCP keepalive without its probes", "tcp-keepalive", "60s,10s", "",
			`tcp-keepalive: "60s,10s" is not IDLE,INTERVAL,COUNT such as 60s,10s,3, or on, or off`},
		{"TCP keepalive in part of a second", "tcp-keepalive", "1500ms,1s,3", "",
			"tcp-keepalive: IDLE: 1.5s is not whole seconds, the kernel's unit; use 2s"},
		{"more probes than the kernel sends", "tcp-keepalive", "1s,1s,128", "",
			"tcp-keepalive: COUNT: 128 is outside 1 to 127"},
		{"probes further apart than the kernel's", "tcp-keepalive", "1s,40000s,3", "",
			"tcp-keepalive: INTERVAL: 11h6m40s is outside 1s to 9h6m7s"},
		{"a cut", "cut-link", "5s", "", ""},
		{"a NAT", "nat", "20000-20063", "", ""},
		{"no NAT", "nat", "none", "", ""},
		{"clients of a NAT", "nat-clients", "2", "", ""},
		{"more clients than a network has", "nat-clients", "255", "", "nat-clients: 255 is outside 1 to 254"},
		{"addresses of a NAT", "nat-addresses", "64", "", ""},
		{"addresses in turn", "nat-spread", "turn", "", ""},
		{"a NAT's flag", "nat-flags", "fully-random", "", ""},
		{"a NAT that holds ports", "nat-hold", "1m", "1m0s", ""},
		{"a NAT's sysctl", "nat-sysctl", "net.ipv4.ip_forward=1", `{"net.ipv4.ip_forward":"1"}`, ""},
		{"a veth pair", "link", "veth", "", ""},
		{"loopback", "link", "loopback", "", ""},
		{"rules of a link", "link", "delay 20ms;drop nth 1 fin", "delay 20ms; drop fin nth 1", ""},
		{"no link", "link", "lopback", "", `link: rule "lopback": unknown word "lopback"; did you mean "loopback"?`},
		{"a link of its own with rules", "link", "veth; drop syn", "",
			`link: "veth; drop syn": veth is a link without rules and stands alone; leave it out to have the rules`},
		{"rules with a link of its own", "link", "drop syn; loopback", "",
			`link: "drop syn; loopback": loopback is a link without rules and stands alone; leave it out to have the ` +
				`rules`},
		{"a rule with a wrong word", "link", "drop finn", "",
			`link: rule "drop finn": unknown word "finn"; did you mean "fin"?`},
		{"a capture", "capture", "100", "", ""},
		{"a capture of too much", "capture", "100001", "", "capture: 100001 is outside 0 to 100000"},
		{"an exchange", "exchange", `[{"send":"PING"},{"expect":"line"}]`, "", ""},
		{"an exchange that is none", "exchange", `PING`, "", `exchange: "PING" is not a list such as [{send: ...}, ` +
			`{expect: ...}]: invalid character 'P' looking for beginning of value`},
		{"a greeting", "hello", `[{"expect":"hex:00"}]`, `[{"expect":"\\0"}]`, ""},
		{"a method", "method", "POST", "", ""},
		{"no method", "method", "G T", "", `method: "G T" is not a method such as GET`},
		{"a header as a flag has it", "header", "Accept:  */*", `["Accept: */*"]`, ""},
		{"headers as a result has them", "header", `["A: 1","B: 2"]`, "", ""},
		{"no header", "header", "Accept", "", `header: "Accept" is not 'Name: value'`},
		{"a body", "body", "a=1", "", ""},
		{"a body that looks like a file", "body", "@/etc/passwd", "", ""},
		{"a body that is no text", "body", "@base64:/w==", "", ""},
		{"a body in base64 that is text", "body", "@base64:YQ==", "a", ""},
		{"a body in base64 that is a name for itself", "body", "@base64:QGJhc2U2NDp4", "", ""},
		{"a body in broken base64", "body", "@base64:!", "",
			"body: what follows @base64: is not base64: illegal base64 data at input byte 0"},
		{"no retry", "retry", "off", "", ""},
		{"a retry, in doubt", "retry", "maybe", "", `retry: "maybe" is not one of on, off`},
		{"a PROXY header", "proxy-protocol", "v2", "", ""},
		{"a PROXY header of no version", "proxy-protocol", "v3", "",
			`proxy-protocol: "v3" is not one of none, v1, v2; did you mean "v1"?`},
		{"any certificate", "insecure", "true", "", ""},
		{"authorities", "cacert", "ca.pem", "", ""},
		{"no authorities of one's own", "cacert", "none", "", ""},
		{"authorities in no file", "cacert", "", "", "cacert: the value is empty"},
		{"a client's certificate", "cert", "/etc/a.pem", "", ""},
		{"its key", "key", "a.key", "", ""},
		{"a server's name", "servername", "example.org", "", ""},
		{"one version of HTTP", "http", "1.1", "", ""},
		{"a version of HTTP that is none", "http", "3", "", `http: "3" is not one of both, 1.1, 2`},
		{"no resumption", "tls-resume", "off", "", ""},
		{"resumption, in doubt", "tls-resume", "yes", "", `tls-resume: "yes" is not one of on, off`},
		{"a certificate of the lab's server", "server-cert", "s.pem", "", ""},
		{"its key too", "server-key", "s.key", "", ""},
		{"authorities of client certificates", "server-client-ca", "ca.pem", "", ""},
		{"idle connections", "max-idle-conns-per-host", "100", "", ""},
		{"linger", "linger", "3s", "", ""},
		{"a body of some size", "body-size", "1048576", "", ""},
		{"bodies that are not read", "read-body", "false", "", ""},
		{"a broken linger", "linger", "x", "", `linger: "x" is not off, 0 or a duration such as 3s`},
		{"a misspelt word", "close", "servr", "",
			`close: "servr" is not one of client, shutdown, server, unread; did you mean "server"?`},
		{"a blocking socket", "blocking-close", "true", "", ""},
		{"a server that never closes", "server-close", "never", "", ""},
		{"until", "until", "exhausted", "", ""},
		{"steady never", "steady", "0", "0s", ""},
		{"a reaction", "on-exhausted", "recover", "", ""},
		{"addresses", "source", "10.0.0.1,10.0.0.2", "", ""},
		{"a number of addresses", "source", "4", "", ""},
		{"destinations", "destinations", "1024", "", ""},
		{"too many destinations", "destinations", "1025", "", "destinations: 1025 is outside 1 to 1024"},
		{"threads of the server", "server-threads", "256", "", ""},
		{"too many threads of the server", "server-threads", "257", "", "server-threads: 257 is outside 1 to 256"},
		{"no thread of the server", "server-threads", "0", "", "server-threads: 0 is outside 1 to 256"},
		{"a family", "ip", "6", "", ""},
		{"an unknown family", "ip", "5", "", `ip: "5" is not one of 4, 6`},
		{"a boolean", "bind-no-port", "false", "", ""},
		{"a boolean in short", "bind-no-port", "0", "false", ""},
		{"no boolean", "bind-no-port", "maybe", "", `bind-no-port: "maybe" is not true or false`},
		{"ports", "source-ports", "40000-40999", "", ""},
		{"walk", "port-select", "walk", "", ""},
		{"a sysctl as a flag has it", "sysctl", "net.ipv4.tcp_tw_reuse=1", `{"net.ipv4.tcp_tw_reuse":"1"}`, ""},
		{"sysctls as a result has them", "sysctl", `{"net.ipv4.tcp_tw_reuse":"1"}`, "", ""},
		{"a sysctl without a value", "sysctl", "net.ipv4.tcp_tw_reuse", "",
			`sysctl: "net.ipv4.tcp_tw_reuse" is not KEY=VALUE, as in net.ipv4.tcp_tw_reuse=1`},
		{"a sysctl of the whole host", "sysctl", "kernel.pid_max=1", "",
			`sysctl: "kernel.pid_max" is not a sysctl of a network namespace; those start with net, as ` +
				`net.ipv4.tcp_tw_reuse does`},
		{"a server's sysctl", "server-sysctl", "net.core.somaxconn=1024", `{"net.core.somaxconn":"1024"}`, ""},
		{"a proxy's sysctl", "proxy-sysctl", "net.core.somaxconn=1024", `{"net.core.somaxconn":"1024"}`, ""},
		{"the largest message", "request-size", "16777216", "", ""},
		{"no message", "response-size", "0", "", ""},
		{"a message too large", "response-size", "16777217", "", "response-size: 16777217 is outside 0 to 16777216"},
		{"an engine", "engine", "epoll", "", ""},
		{"sockets", "sockets", "fresh", "", ""},
		{"sockets of neither kind", "sockets", "old", "", `sockets: "old" is not one of keep, fresh`},
		{"threads", "threads", "2", "", ""},
		{"a time limit", "timeout", "250ms", "", ""},
		{"a time limit too long", "timeout", "61m", "", "timeout: 1h1m0s is outside 1ms to 1h0m0s"},
		{"no warm-up", "warmup", "0s", "", ""},
		{"an interval too short", "interval", "1ms", "", "interval: 1ms is outside 10ms to 1h0m0s"},
		{"a negative seed", "seed", "-7", "", ""},
		{"nothing", "seed", "", "", "seed: the value is empty"},
		{"an unknown name", "linegr", "off", "", `unknown key "linegr"; did you mean "linger"?`},
		{"a name like no other", "colour", "red", "", `unknown key "colour"`},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		seen[tt.option] = true
		t.Run(tt.name, func(t *testing.T) {
			w := DefaultWorkload()
			err := w.Set(tt.option, tt.value)
			if message(err) != tt.err {
				t.Fatalf("Set(%s, %q) = %q, want %q", tt.option, tt.value, message(err), tt.err)
			}
			if err != nil {
				if diff := cmp.Diff(DefaultWorkload(), w, sameAddr); diff != "" {
					t.Errorf("Set(%s, %q) failed and changed the workload:\n%s", tt.option, tt.value, diff)
				}
				return
			}
			want := tt.want
			if want == "" {
				want = tt.value
			}
			if got := option(t, &w, tt.option).String(); got != want {
				t.Errorf("Set(%s, %q) stores %q, want %q", tt.option, tt.value, got, want)
			}
		})
	}
	w := DefaultWorkload()
	for _, s := range w.Settings() {
		if !seen[s.Name] {
			t.Errorf("option %s is not in this table", s.Name)
		}
	}
}

// option is the option called name.
func option(t *testing.T, w *Workload, name string) Setting {
	t.Helper()
	for _, s := range w.Settings() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no option %s", name)
	return Setting{}
}

func TestSettingsHaveNamesOfTheirOwn(t *testing.T) {
	w := DefaultWorkload()
	seen := map[string]bool{}
	for _, s := range w.Settings() {
		for _, name := range []string{s.Name, s.Short} {
			if name != "" && seen[name] {
				t.Errorf("option %q is there twice", name)
			}
			seen[name] = true
		}
		if s.Usage == "" || !s.IsBool() && strings.Count(s.Usage, "`") != 2 {
			t.Errorf("option %s has the usage %q, want one value in back quotes", s.Name, s.Usage)
		}
		if want := map[bool]string{true: "bool", false: "value"}[s.IsBool()]; s.Type() != want {
			t.Errorf("option %s has Type() = %q, want %q", s.Name, s.Type(), want)
		}
		if err := s.Set(s.String()); err != nil && s.String() != "" {
			t.Errorf("option %s: Set(%q) of its default = %v, want nil", s.Name, s.String(), err)
		}
	}
	want := DefaultWorkload()
	want.Duration = DefaultDuration // which then was asked for: it holds with a count too
	if diff := cmp.Diff(want, w, sameAddr); diff != "" {
		t.Errorf("setting every option to its default changes:\n%s", diff)
	}
}

func TestSetOneSysctl(t *testing.T) {
	tests := []struct {
		name, key, value string
		want             string
		err              string
	}{
		{"a number", "sysctl.net.ipv4.tcp_tw_reuse", "1", "1", ""},
		{"white space as sysctl(8) prints it", "sysctl.net.ipv4.ip_local_port_range", " 40000\t 40999\n",
			"40000 40999", ""},
		{"a path as in /proc/sys", "sysctl.net/ipv4/tcp_tw_reuse", "1", "1", ""},
		{"a device", "sysctl.net.ipv4.conf.veth-0.rp_filter", "0", "0", ""},
		{"no value", "sysctl.net.ipv4.tcp_tw_reuse", " ", "", "sysctl: net.ipv4.tcp_tw_reuse has no value"},
		{"the host's", "sysctl.fs.file-max", "1", "",
			`sysctl: "fs.file-max" is not a sysctl of a network namespace; those start with net, as ` +
				`net.ipv4.tcp_tw_reuse does`},
		{"a way out of the directory", "sysctl.net.../../kernel.x", "1", "",
			`sysctl: "net.......kernel.x" is not a sysctl of a network namespace; those start with net, as ` +
				`net.ipv4.tcp_tw_reuse does`},
		{"no name", "sysctl.", "1", "",
			`sysctl: "" is not a sysctl of a network namespace; those start with net, as net.ipv4.tcp_tw_reuse does`},
		{"the proxy's", "proxy-sysctl.vm.swappiness", "1", "",
			`proxy-sysctl: "vm.swappiness" is not a sysctl of a network namespace; those start with net, as ` +
				`net.ipv4.tcp_tw_reuse does`},
		{"the server's", "server-sysctl.vm.swappiness", "1", "",
			`server-sysctl: "vm.swappiness" is not a sysctl of a network namespace; those start with net, as ` +
				`net.ipv4.tcp_tw_reuse does`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w Workload
			err := w.Set(tt.key, tt.value)
			if message(err) != tt.err {
				t.Fatalf("Set(%s, %q) = %q, want %q", tt.key, tt.value, message(err), tt.err)
			}
			if err != nil {
				return
			}
			keys := w.Sysctl.Keys()
			if len(keys) != 1 || w.Sysctl[keys[0]] != tt.want {
				t.Errorf("Set(%s, %q) stores %v, want %q", tt.key, tt.value, w.Sysctl, tt.want)
			}
		})
	}
}

// Cells copy a workload and go on setting: they must not share a map.
func TestSetLeavesCopiesAlone(t *testing.T) {
	a := DefaultWorkload()
	if err := a.Set("sysctl.net.ipv4.tcp_tw_reuse", "1"); err != nil {
		t.Fatal(err)
	}
	b := a
	if err := b.Set("sysctl.net.ipv4.tcp_tw_reuse", "0"); err != nil {
		t.Fatal(err)
	}
	if got := a.Sysctl["net.ipv4.tcp_tw_reuse"]; got != "1" {
		t.Errorf("Set on a copy changed the original to %q, want 1", got)
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name   string
		change map[string]string
		want   string
	}{
		{"the defaults", nil, ""},
		{"as many threads as connections", map[string]string{"threads": "50"}, ""},
		{"more threads than connections", map[string]string{"threads": "60"},
			"threads: 60 threads cannot share 50 connections; raise concurrency to 60"},
		{"a warm-up before exhaustion", map[string]string{"warmup": "1s", "until": "exhausted"},
			"warmup: the ports it takes would be missing from the count of until=exhausted; leave one of them out"},
		{"a warm-up otherwise", map[string]string{"warmup": "1s"}, ""},
		{"an IPv6 source for IPv4", map[string]string{"source": "10.0.0.1,fd00::1"},
			"source: fd00::1 is not an IPv4 address; set ip to match"},
		{"an IPv4 source for IPv6", map[string]string{"source": "10.0.0.1", "ip": "6"},
			"source: 10.0.0.1 is not an IPv6 address; set ip to match"},
		{"IPv6 sources", map[string]string{"source": "fd00::/126", "ip": "6"}, ""},
		{"requests on connections that carry one", map[string]string{"requests-per-conn": "5"},
			"requests-per-conn: it is for mode=keepalive, not short"},
		{"a held connection that asks for nothing", map[string]string{"mode": "keepalive", "request-size": "0"},
			"request-size: mode=keepalive needs a request; 0 bytes ask for nothing"},
		{"a held connection that waits for no answer",
			map[string]string{"mode": "keepalive", "exchange": `[{"send":"a"}]`},
			"exchange: mode=keepalive waits for each answer; expect one"},
		{"a held connection that the server ends",
			map[string]string{"mode": "keepalive", "exchange": `[{"send":"a"},{"expect":"eof"}]`},
			"exchange: eof ends the connection, and mode=keepalive goes on with it; use mode=short"},
		{"a greeting and nothing after it", map[string]string{"hello": `[{"expect":"line"}]`},
			"hello: nothing follows it; give an exchange too (--send, --expect)"},
		{"a greeting that ends the connection",
			map[string]string{"hello": `[{"expect":"eof"}]`, "exchange": `[{"send":"a"}]`},
			"hello: eof ends the connection before the exchange"},
		{"an exchange of a size", map[string]string{"request-size": "9", "exchange": `[{"send":"a"}]`},
			"request-size: the exchange says what is sent; leave it out"},
		{"an answer of a size", map[string]string{"response-size": "9", "exchange": `[{"send":"a"}]`},
			"response-size: the exchange says what is answered; leave it out"},
		{"an exchange of which the answer stays unread",
			map[string]string{"close": "unread", "exchange": `[{"expect":"line"}]`},
			"close: unread leaves the first answer unread, whatever it is; leave one of them out"},
		{"a held connection that is answered with nothing", map[string]string{"mode": "keepalive",
			"response-size": "0"},
			"response-size: mode=keepalive waits for each answer; 0 bytes never come"},
		{"a count of connections that are all held", map[string]string{"mode": "idle", "count": "5"},
			"count: mode=idle holds as many connections as concurrency says; leave count out"},
		{"a warm-up of connections that are opened once", map[string]string{"mode": "idle", "warmup": "1s"},
			"warmup: mode=idle opens its connections once, and none would be left to count; leave warmup out"},
		{"an idle request of a size", map[string]string{"mode": "idle", "request-size": "0"},
			"request-size: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle answer of a size", map[string]string{"mode": "idle", "response-size": "0"},
			"response-size: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle method", map[string]string{"mode": "idle", "method": "POST"},
			"method: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle field", map[string]string{"mode": "idle", "header": "X-A: b"},
			"header: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle body", map[string]string{"mode": "idle", "body": "zzz"},
			"body: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle body of a size", map[string]string{"mode": "idle", "body-size": "300000"},
			"body-size: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle server that leaves the close to the client", map[string]string{"mode": "idle",
			"server-close": "client"},
			"server-close: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an idle server that does not answer", map[string]string{"mode": "idle", "server-close": "unread"},
			"server-close: it applies to requests, and mode=idle sends none; leave it out, or use mode=keepalive"},
		{"an answer that never comes, waited for", map[string]string{"server-close": "unread", "close": "server"},
			"server-close: unread leaves no answer to wait for, and close=server does; leave one of them out"},
		{"no request to leave unanswered", map[string]string{"server-close": "unanswered", "request-size": "0"},
			"request-size: server-close=unanswered waits for a request; 0 bytes never come"},
		{"a server that is to end idle connections", map[string]string{"mode": "idle", "close": "server"},
			"close: mode=idle ends connections itself; use client or shutdown"},
		{"a cut after the end", map[string]string{"cut-link": "10s"},
			"cut-link: after 10s the run is over; cut sooner, or raise duration"},
		{"a blocking close that cannot block", map[string]string{"blocking-close": "true", "linger": "0"},
			"blocking-close: with linger=0 close(2) blocks on no socket; give --linger a time, as 3s"},
		{"held connections with an answer unread", map[string]string{"close": "unread", "mode": "keepalive"},
			"close: unread leaves an answer unread, and mode=keepalive ends connections without one on the way; " +
				"use mode=short"},
		{"an answer unread and a linger time", map[string]string{"close": "unread", "linger": "0"},
			"linger: close=unread sends RST whatever it says (__tcp_close looks at unread data first); leave one " +
				"of them out"},
		{"no answer to leave unread", map[string]string{"close": "unread", "response-size": "0"},
			"response-size: close=unread waits for an answer to leave unread; 0 bytes never come"},
		{"a server that never closes, waited for", map[string]string{"server-close": "never", "close": "shutdown"},
			"server-close: never leaves the client's FIN unanswered, and close=shutdown sends none first or waits " +
				"for the " +
				"answer to it; use close=client"},
		{"a server that never closes, and a walk", map[string]string{"server-close": "never", "port-select": "walk"},
			"server-close: never is for ports in FIN_WAIT_2, which port-select=walk takes over; use " +
				"port-select=kernel"},
		{"a server that closes first twice", map[string]string{"server-close": "answer", "close": "server"},
			"server-close: with close=server it closes after its answer, and the client waits for it; leave one of " +
				"them out"},
		{"a server that closes held connections", map[string]string{"server-close": "answer", "mode": "keepalive"},
			"server-close: answer ends every connection after the first one, and mode=keepalive goes on; use " +
				"mode=short"},
		{"a server that closes after its answer", map[string]string{"server-close": "answer"}, ""},
		{"two bodies", map[string]string{"body": "a=1", "body-size": "5"},
			"body-size: the body is given, of 3 bytes; leave one of them out"},
		{"a capture of a warm-up", map[string]string{"capture": "5", "warmup": "1s"},
			"capture: its packets would be those of the warm-up; leave one of them out"},
		{"a server's sysctl on loopback", map[string]string{"link": "loopback",
			"server-sysctl.net.ipv4.tcp_timestamps": "0"},
			"server-sysctl: with link=loopback the server is in the client's namespace; use sysctl"},
		{"a cut of loopback", map[string]string{"link": "loopback", "cut-link": "1s"},
			"cut-link: link=loopback cannot be cut; use a veth, or a link with rules"},
		{"sources on loopback", map[string]string{"link": "loopback", "source": "2"},
			"source: link=loopback has the kernel's choice of address; leave it out"},
		{"a link with rules and all that", map[string]string{"link": "pass", "cut-link": "1s", "source": "2",
			"capture": "9"},
			""},
		{"arrivals without a rate", map[string]string{"arrival": "poisson"}, "arrival: poisson needs a rate"},
		{"a ramp with a warm-up", map[string]string{"rate": "1..10", "warmup": "1s"},
			"warmup: a ramp would begin within it; leave one of them out"},
		{
			"everything at once", map[string]string{"threads": "60", "warmup": "1s", "until": "exhausted"},
			"threads: 60 threads cannot share 50 connections; raise concurrency to 60\nwarmup: the ports it takes " +
				"would be " +
				"missing from the count of until=exhausted; leave one of them out",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := DefaultWorkload()
			for name, value := range tt.change {
				if err := w.Set(name, value); err != nil {
					t.Fatal(err)
				}
			}
			if got := message(w.Validate()); got != tt.want {
				t.Errorf("Validate(%v) = %q, want %q", tt.change, got, tt.want)
			}
		})
	}
}

func drawLinger(t *rapid.T) Linger {
	seconds := rapid.IntRange(-1, 3600).Draw(t, "linger")
	if seconds < 0 {
		return Linger{}
	}
	return Linger{On: true, Timeout: time.Duration(seconds) * time.Second}
}

func drawPortRange(t *rapid.T) PortRange {
	if rapid.Bool().Draw(t, "no source ports") {
		return PortRange{}
	}
	lo := rapid.Uint16Range(1, 65535).Draw(t, "lo")
	return PortRange{lo, rapid.Uint16Range(lo, 65535).Draw(t, "hi")}
}

func drawSources(t *rapid.T, ip IPFamily) Sources {
	n := rapid.IntRange(0, 20).Draw(t, "sources")
	if n == 0 {
		return Sources{}
	}
	if rapid.Bool().Draw(t, "made by the lab") {
		return Sources{Count: n}
	}
	a := netip.MustParseAddr(map[IPFamily]string{IPv4: "10.0.0.250", IPv6: "fd00::fffa"}[ip])
	var s Sources
	for range n {
		s.Addrs = append(s.Addrs, a)
		a = a.Next()
	}
	return s
}

func drawHeaders(t *rapid.T) Headers {
	fields := rapid.SliceOfN(rapid.StringMatching(`[A-Za-z-]{1,9}: [!-~é]{0,9}`), 0, 3).Draw(t, "header")
	if len(fields) == 0 {
		return nil
	}
	return fields
}

func drawTCPKeepalive(t *rapid.T) TCPKeepalive {
	if rapid.Bool().Draw(t, "no TCP keepalive") {
		return TCPKeepalive{Alone: rapid.Bool().Draw(t, "the kernel's")}
	}
	seconds := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(1, 32767).Draw(t, name)) * time.Second
	}
	return TCPKeepalive{Idle: seconds("idle"), Interval: seconds("interval"),
		Count: rapid.IntRange(1, 127).Draw(t, "probes")}
}

// drawMode makes up a mode, and a rate, with options that go with them.
func drawMode(t *rapid.T, w *Workload) {
	w.Mode = rapid.SampledFrom([]Mode{ModeShort, ModeKeepalive, ModeIdle}).Draw(t, "mode")
	switch w.Mode {
	case ModeKeepalive:
		lo := rapid.Int32Range(1, MaxRequestsPerConn).Draw(t, "least requests")
		w.RequestsPerConn = Span{lo, rapid.Int32Range(lo, MaxRequestsPerConn).Draw(t, "most requests")}
		w.RequestSize, w.ResponseSize = max(w.RequestSize, 1), max(w.ResponseSize, 1)
	case ModeIdle:
		w.Count, w.Close = 0, CloseClient
		d := DefaultWorkload()
		w.RequestSize, w.ResponseSize, w.Method, w.Header, w.Body = d.RequestSize, d.ResponseSize, d.Method, nil, ""
	}
	if rapid.Bool().Draw(t, "open loop") {
		w.Rate.From = float64(rapid.IntRange(1, 1_000_000).Draw(t, "rate"))
		w.Rate.To = float64(rapid.IntRange(1, 1_000_000).Draw(t, "last rate"))
		w.Arrival = rapid.SampledFrom([]Arrival{ArrivalConstant, ArrivalPoisson}).Draw(t, "arrival")
	}
}

// drawClose makes up the rarer ways to close, with options that go with them.
func drawClose(t *rapid.T, w *Workload) {
	w.BlockingClose = w.Linger.Timeout > 0 && rapid.Bool().Draw(t, "blocking close")
	if w.Mode == ModeShort && !w.Linger.On && w.ResponseSize > 0 && rapid.Bool().Draw(t, "close unread") {
		w.Close = CloseUnread
	}
	if w.Close == CloseClient && w.PortSelect == PortSelectKernel && rapid.Bool().Draw(t, "server stays open") {
		w.ServerClose = ServerCloseNever
	}
	if w.ServerClose == ServerCloseEOF && w.Close != CloseServer && w.Mode != ModeIdle && w.RequestSize > 0 &&
		rapid.Bool().Draw(t, "server does not answer") {
		w.ServerClose = rapid.SampledFrom([]ServerClose{ServerCloseUnread, ServerCloseUnanswered}).Draw(t, "how")
	}
}

// drawNAT makes up none, or one with options that go with it.
func drawNAT(t *rapid.T) NAT {
	n := defaultNAT()
	if rapid.Bool().Draw(t, "no NAT") {
		return n
	}
	lo := rapid.Uint16Range(1, 65534).Draw(t, "first port of the NAT")
	n.Ports = PortRange{lo, rapid.Uint16Range(lo+1, 65535).Draw(t, "last port of the NAT")}
	n.Addresses = rapid.IntRange(1, MaxNATAddresses).Draw(t, "addresses of the NAT")
	n.Flag = rapid.SampledFrom([]NATFlag{NATPlain, NATRandom, NATFullyRandom, NATPersistent}).Draw(t, "flag")
	n.Hold = time.Duration(rapid.IntRange(0, 3600).Draw(t, "hold")) * time.Second
	if n.Addresses > 1 && n.Flag != NATPersistent {
		n.Spread = rapid.SampledFrom([]NATSpread{NATByHash, NATInTurn}).Draw(t, "spread")
	}
	return n
}

// drawWorkload makes up a valid workload.
func drawWorkload(t *rapid.T) Workload {
	duration := func(name string, lo, hi time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(lo), int64(hi)).Draw(t, name))
	}
	sysctls := func(name string) Sysctls {
		m := rapid.MapOfN(rapid.StringMatching(`net(\.[A-Za-z0-9_-]{1,8}){1,3}`),
			rapid.StringMatching(`[!-~é]{1,9}( [!-~]{1,9})?`), 0, 3).Draw(t, name)
		if len(m) == 0 {
			return nil
		}
		return m
	}
	w := Workload{
		Concurrency: rapid.IntRange(MaxThreads, MaxConcurrency).Draw(t, "concurrency"),
		Count:       rapid.Int64Min(0).Draw(t, "count"),
		Duration:    duration("duration", time.Millisecond, MaxDuration),
		Arrival:     ArrivalConstant,
		Method:      rapid.SampledFrom([]string{"GET", "HEAD", "POST"}).Draw(t, "method"),
		Body: string(rapid.OneOf(rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
			rapid.SliceOf(rapid.Byte())).Draw(t, "body")),
		ProxyProtocol: rapid.SampledFrom([]ProxyProtocol{NoProxyHeader, ProxyV1, ProxyV2}).Draw(t, "PROXY header"),
		Retry:         On,
		Header:        drawHeaders(t),
		ReadBody:      rapid.Bool().Draw(t, "read body"),
		Insecure:      rapid.Bool().Draw(t, "insecure"),
		HTTP:          rapid.SampledFrom([]HTTPVersion{HTTPBoth, HTTP1}).Draw(t, "http"),
		TLSResume:     rapid.SampledFrom([]Switch{On, Off}).Draw(t, "resumption"),
		ServerName:    rapid.SampledFrom([]string{"", "example.org"}).Draw(t, "server name"),
		TCPKeepalive:  drawTCPKeepalive(t),
		Linger:        drawLinger(t),
		Close:         rapid.SampledFrom([]ClosePolicy{CloseClient, CloseShutdown, CloseServer}).Draw(t, "close"),
		ServerClose:   ServerCloseEOF,
		Until:         rapid.SampledFrom([]Until{UntilDuration, UntilExhausted}).Draw(t, "until"),
		Steady:        duration("steady", 0, MaxDuration),
		OnExhausted: rapid.SampledFrom([]OnExhausted{OnExhaustedStop, OnExhaustedContinue, OnExhaustedRecover}).Draw(t,
			"on exhausted"),
		Destinations:  rapid.IntRange(1, MaxDestinations).Draw(t, "destinations"),
		ServerThreads: rapid.IntRange(1, MaxThreads).Draw(t, "server threads"),

		IP:           rapid.SampledFrom([]IPFamily{IPv4, IPv6}).Draw(t, "ip"),
		BindNoPort:   rapid.Bool().Draw(t, "bind no port"),
		SourcePorts:  drawPortRange(t),
		PortSelect:   rapid.SampledFrom([]PortSelect{PortSelectKernel, PortSelectWalk}).Draw(t, "port select"),
		Sysctl:       sysctls("sysctl"),
		ServerSysctl: sysctls("server sysctl"),
		ProxySysctl:  sysctls("proxy sysctl"),
		RequestSize:  rapid.IntRange(0, MaxMessage).Draw(t, "request size"),
		ResponseSize: rapid.IntRange(0, MaxMessage).Draw(t, "response size"),
		Engine: rapid.SampledFrom([]EngineName{EngineAuto, EngineIOUring, EngineEpoll, EngineNetHTTP,
			EngineHey}).Draw(t, "engine"),
		Sockets:  rapid.SampledFrom([]SocketUse{SocketsKeep, SocketsFresh}).Draw(t, "sockets"),
		Threads:  rapid.IntRange(1, MaxThreads).Draw(t, "threads"),
		Timeout:  duration("timeout", time.Millisecond, MaxTimeout),
		Interval: duration("interval", 10*time.Millisecond, time.Hour),
		Seed:     rapid.Int64().Draw(t, "seed"),

		MaxIdleConnsPerHost: rapid.IntRange(0, MaxIdleConns).Draw(t, "idle connections"),
	}
	w.CutLink = duration("cut link", 0, w.Duration-1)
	drawMode(t, &w)
	drawClose(t, &w)
	if w.Body == "" && w.Mode != ModeIdle {
		w.BodySize = rapid.IntRange(0, MaxMessage).Draw(t, "body size")
	}
	w.Source = drawSources(t, w.IP)
	w.Link = drawLink(t)
	if w.Until == UntilDuration && !w.Rate.Ramp() && w.Mode != ModeIdle {
		w.Warmup = duration("warm-up", 0, MaxDuration)
	}
	w.NAT = drawNAT(t)
	if w.Link.Loopback {
		w.ServerSysctl, w.CutLink, w.Source, w.NAT = nil, 0, Sources{}, defaultNAT()
	}
	if w.Warmup == 0 {
		w.Capture = rapid.IntRange(0, MaxCapture).Draw(t, "capture")
	}
	return w
}

func drawLink(t *rapid.T) Link {
	text := rapid.SampledFrom([]string{"veth", "loopback", "pass", "delay 20ms; drop 1%",
		"hold data nth 2- each until fin"}).Draw(t, "link")
	l, err := ParseLink(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAnyValidWorkloadSurvivesJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorkload(t)
		if err := w.Validate(); err != nil {
			t.Fatalf("Validate(%+v) = %v, want nil", w, err)
		}
		data, err := json.Marshal(w)
		if err != nil {
			t.Fatalf("Marshal(%+v) = %v, want no error", w, err)
		}
		var got Workload
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("Unmarshal(%s) = %v, want no error", data, err)
		}
		if diff := cmp.Diff(w, got, sameAddr); diff != "" {
			t.Fatalf("Unmarshal(%s) differs (-want +got):\n%s", data, diff)
		}
	})
}

func TestJSONHasNumbersWordsAndObjects(t *testing.T) {
	w := DefaultWorkload()
	for name, value := range map[string]string{"count": "10k", "source": "4", "linger": "0",
		"sysctl": "net.ipv4.tcp_tw_reuse=1"} {
		if err := w.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("Unmarshal(%s) = %v, want no error", data, err)
	}
	want := map[string]any{
		"concurrency": 50.0, "count": 10000.0, "source": "4", "linger": "0", "bind-no-port": true, "ip": "4",
		"sysctl": map[string]any{"net.ipv4.tcp_tw_reuse": "1"}, "server-sysctl": map[string]any{}, "steady": "5s",
	}
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("Marshal() has %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestUnmarshalWorkload(t *testing.T) {
	tests := []struct {
		name, json, err string
	}{
		{"nothing but defaults", `{}`, ""},
		{"numbers as texts", `{"concurrency":"50","count":"none"}`, ""},
		{"a boolean as a text", `{"bind-no-port":"true"}`, ""},
		{"an option of a later version", `{"later":"off"}`, ""},
		{"a part of a number", `{"threads":1.5}`, `threads: "1.5" is not a whole number`},
		{"an empty text", `{"close":""}`, "close: the value is empty"},
		{"null", `{"linger":null}`, "linger: the value is empty"},
		{"a list", `{"close":["client"]}`, `close: "[\"client\"]" is not one of client, shutdown, server, unread`},
		{"a number for a sysctl", `{"sysctl":{"net.ipv4.tcp_tw_reuse":1}}`,
			"sysctl: json: cannot unmarshal number into Go value of type string"},
		{"not an object", `[]`, "json: cannot unmarshal array into Go value of type map[string]jsontext.Value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := Workload{Threads: 77}
			err := json.Unmarshal([]byte(tt.json), &w)
			if tt.err == "" {
				if diff := cmp.Diff(DefaultWorkload(), w, sameAddr); err != nil || diff != "" {
					t.Errorf("Unmarshal(%s) = %v, want the defaults (-want +got):\n%s", tt.json, err, diff)
				}
				return
			}
			if got := message(err); got != tt.err && !strings.HasPrefix(got, strings.SplitN(tt.err, " into ", 2)[0]) ||
				w.Threads != 77 {
				t.Errorf("Unmarshal(%s) = %q, %d threads, want %q and no change", tt.json, got, w.Threads, tt.err)
			}
		})
	}
}
