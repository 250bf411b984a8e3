package cell

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tcpbench/internal/certificate/certificatetest"
	"tcpbench/internal/fault"
	"tcpbench/metrics"
	"tcpbench/results"
)

func TestWhatAnEngineCannotDoIsRefused(t *testing.T) {
	hey := []string{"engine=hey", "mode=keepalive"}
	tests := []struct {
		name    string
		scheme  string
		options []string
		want    string // part of the error; "" is none
	}{
		{"epoll and https", "https", []string{"engine=epoll"},
			"engine: epoll does not speak TLS, which an https target needs; use --engine nethttp"},
		{"io_uring and https", "https", []string{"engine=io_uring"}, "engine: io_uring does not speak TLS"},
		{"io_uring and an answer unread", "tcp", []string{"engine=io_uring", "close=unread"},
			"close: engine io_uring receives what arrives at once"},
		{"auto and an answer unread", "tcp", []string{"close=unread"}, ""},
		{"nethttp and an answer unread", "http", []string{"engine=nethttp", "close=unread"},
			"close: engine nethttp reads what arrives"},
		{"nethttp and blocking sockets", "http", []string{"engine=nethttp", "linger=1s", "blocking-close=true"},
			"blocking-close: engine nethttp leaves its sockets to Go"},
		{"io_uring and a body of some size", "http", []string{"engine=io_uring", "body-size=5"},
			"body-size: engine io_uring does not read an answer while it sends"},
		{"auto and a body of some size", "http", []string{"body-size=5"}, ""},
		{"tcp and a body of some size", "tcp", []string{"body-size=5"}, "body-size: it applies to http targets"},
		{"hey and a body of some size", "http", append(hey, "body-size=5"), "body-size: engine hey does not recognize"},
		{"epoll and bodies that are not read", "http", []string{"read-body=false"},
			"read-body: it applies to --engine nethttp"},
		{"nethttp and bodies that are not read", "https", []string{"read-body=false"}, ""},
		{"a server that never closes", "tcp", []string{"server-close=never"}, ""},
		{"an http server that never closes", "http", []string{"server-close=never", "engine=nethttp"}, ""},
		{"an http server that leaves the close to the client", "http", []string{"server-close=client"}, ""},
		{"an echo server that leaves the close to the client", "tcp", []string{"server-close=client"},
			"server-close: client is for http requests"},
		{"an https server that never closes", "https", []string{"server-close=never"},
			"server-close: https decides by itself when it closes"},
		{"an http server with threads", "http", []string{"server-threads=2"}, ""},
		{"an https server with threads", "https", []string{"server-threads=2"},
			"server-threads: the https server runs on as many threads as Go has (GOMAXPROCS); leave it out"},
		{"auto and https", "https", nil, ""},
		{"auto and https with what nethttp lacks", "https", []string{"close=shutdown"},
			"close: engine nethttp has no shutdown(2)"},
		{"auto and http", "http", []string{"close=shutdown"}, ""},

		{"nethttp", "http", []string{"engine=nethttp"}, ""},
		{"nethttp with what it can", "http", []string{"engine=nethttp", "close=server", "linger=0", "rate=100",
			"source=127.0.0.1", "source-ports=40000-40999", "tcp-keepalive=1s,1s,3", "warmup=1s"}, ""},
		{"nethttp and tcp", "tcp", []string{"engine=nethttp"}, "engine: nethttp speaks HTTP only"},
		{"nethttp and idle", "http", []string{"engine=nethttp", "mode=idle"},
			"mode: engine nethttp opens a connection for a request only"},
		{"nethttp and shutdown", "http", []string{"engine=nethttp", "close=shutdown"},
			"close: engine nethttp has no shutdown(2)"},
		{"nethttp, held, and the server closes", "http", []string{"engine=nethttp", "mode=keepalive", "close=server"},
			"close: engine nethttp keeps connections"},
		{"nethttp and requests-per-conn", "http", []string{"engine=nethttp", "mode=keepalive", "requests-per-conn=5"},
			"requests-per-conn: engine nethttp leaves it to its pool"},
		{"nethttp and a walk", "http", []string{"engine=nethttp", "port-select=walk"},
			"port-select: engine nethttp cannot bind"},
		{"nethttp and threads", "http", []string{"engine=nethttp", "threads=2"},
			"threads: engine nethttp runs on as many"},

		{"hey", "http", hey, ""},
		{"hey, short, and the server closes", "http", []string{"engine=hey", "close=server"}, ""},
		{"hey with what it can", "http", append(hey, "linger=0", "tcp-keepalive=1s,1s,3", "count=50",
			"until=exhausted"), ""},
		{"hey and tcp", "tcp", hey, "engine: hey speaks HTTP only"},
		{"hey and a count that its connections do not divide", "http", append(hey, "count=101"),
			"use a multiple of 50"},
		{"hey, short, and the client closes", "http", []string{"engine=hey"},
			"close: engine hey asks the server to close"},
		{"hey and a rate", "http", append(hey, "rate=100"), "rate: engine hey has no open loop"},
		{"hey and a source", "http", append(hey, "source=127.0.0.1"), "source: engine hey cannot bind an address"},
		{"hey and source ports", "http", append(hey, "source-ports=40000-40999"),
			"source-ports: engine hey cannot limit its ports"},
		{"hey and destinations", "http", append(hey, "destinations=2"), "destinations: engine hey has one URL"},
		{"hey and a pool", "http", append(hey, "max-idle-conns-per-host=10"),
			"max-idle-conns-per-host: engine hey keeps as many as --concurrency"},
		{"hey and a warm-up", "http", append(hey, "warmup=1s"), "warmup: engine hey reports once"},
		{"hey and a long run", "http", append(hey, "duration=1h"), "duration: engine hey reports once"},
		{"hey and half a second", "http", append(hey, "timeout=1500ms"),
			"timeout: engine hey counts it in whole seconds"},
		{"hey and fewer requests than in flight", "http", append(hey, "count=49"),
			"count: engine hey sends the same number of requests on each"},
		{"a client's certificate", "https", []string{"cert=c.pem", "key=c.key", "cacert=ca.pem", "servername=x"}, ""},
		{"a certificate without its key", "https", []string{"cert=c.pem"}, "cert: its private key is missing"},
		{"a key without its certificate", "https", []string{"key=c.key"}, "key: its certificate is missing"},
		{"a server's certificate without its key", "https", []string{"server-cert=c.pem"},
			"server-cert: its private key is missing"},
		{"a server's key without its certificate", "https", []string{"server-key=c.pem"},
			"server-key: its certificate is missing"},
		{"authorities, and any certificate", "https", []string{"cacert=ca.pem", "insecure=true"},
			"cacert: --insecure accepts any certificate"},
		{"HTTP/2 and a connection for each request", "https", []string{"http=2"}, "http: the requests of HTTP/2 share"},
		{"HTTP/2 on held connections", "https", []string{"http=2", "mode=keepalive"}, ""},
		{"authorities without TLS", "http", []string{"cacert=ca.pem"}, "cacert: it applies to https targets"},
		{"a client's certificate without TLS", "http", []string{"cert=c.pem", "key=c.key"},
			"cert: it applies to https targets"},
		{"a server's name without TLS", "tcp", []string{"servername=x"}, "servername: it applies to https targets"},
		{"a version of HTTP without TLS", "http", []string{"http=1.1"}, "http: it applies to https targets"},
		{"no resumption without TLS", "tcp", []string{"tls-resume=off"}, "tls-resume: it applies to https targets"},
		{"any certificate without TLS", "http", []string{"insecure=true"}, "insecure: it applies to https targets"},
		{"a server's certificate without TLS", "http", []string{"server-cert=s.pem", "server-key=s.key"},
			"server-cert: http does not read it; use --server https"},
		{"client certificates without TLS", "tcp", []string{"server-client-ca=ca.pem"},
			"server-client-ca: echo does not read it; use --server https"},
		{"a server's certificate, and client certificates", "https", []string{"server-cert=s.pem", "server-key=s.key",
			"server-client-ca=ca.pem"}, ""},
		{"no retry", "http", []string{"mode=keepalive", "retry=off"}, ""},
		{"no retry of nethttp", "https", []string{"mode=keepalive", "retry=off"}, ""},
		{"no retry of a request with a connection of its own", "http", []string{"retry=off"},
			"retry: it is for mode=keepalive, not short"},
		{"no retry of a tcp request", "tcp", []string{"mode=keepalive", "retry=off"},
			"retry: it applies to http targets; a request of tcp is never sent again"},
		{"hey and no retry", "http", append(hey, "retry=off"), "retry: engine hey leaves it to net/http"},
		{"hey and a PROXY header", "http", append(hey, "proxy-protocol=v1"),
			"proxy-protocol: engine hey begins with its"},
		{"io_uring and a PROXY header", "tcp", []string{"engine=io_uring", "proxy-protocol=v1"},
			"proxy-protocol: engine io_uring sends the first bytes together with connect(2)"},
		{"a PROXY header for the embedded server", "http", []string{"proxy-protocol=v1"},
			"proxy-protocol: the embedded server does not read it; use --server-cmd or --proxy-cmd"},
		{"hey and authorities", "https", append(hey, "cacert=ca.pem"), "cacert: engine hey accepts any certificate"},
		{"hey and a client's certificate", "https", append(hey, "insecure=true", "cert=c.pem", "key=c.key"),
			"cert: engine hey has no client certificate"},
		{"hey and a server's name", "https", append(hey, "insecure=true", "servername=x"),
			"servername: engine hey asks for the URL's host"},
		{"hey and HTTP/2", "https", append(hey, "insecure=true", "http=2"), "http: engine hey offers HTTP/1.1 alone"},
		{"hey and a certificate", "https", hey, "insecure: engine hey accepts any certificate"},
		{"hey without looking at it", "https", append(hey, "insecure=true"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Spec{Workload: workloadWith(t, tt.options...)}
			if tt.scheme != "tcp" {
				s.Server.Protocol = tt.scheme
			}
			err := s.Validate()
			if tt.want == "" {
				if err != nil {
					t.Errorf("Validate() = %v, want nil", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || fault.Status(err) != fault.StatusUsage {
				t.Errorf("Validate() = %v, want a usage error with %q", err, tt.want)
			}
		})
	}
}

func TestSeveralTargetsAreNotForHey(t *testing.T) {
	s := Spec{Workload: workloadWith(t, "engine=hey", "mode=keepalive"),
		Targets: []string{"http://127.0.0.1:1/", "http://127.0.0.1:2/"}}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "engine hey has one URL") {
		t.Errorf("Validate() = %v, want that hey has one URL", err)
	}
}

func TestWhatAUnixSocketDoesNotHaveIsRefused(t *testing.T) {
	const tcp = "it is TCP's, and the target is a Unix socket; leave it out"
	tests := []struct{ name, option, want string }{
		{"nothing of TCP", "concurrency=5", ""},
		{"the server closes", "close=server", ""},
		{"an end of ports", "until=exhausted",
			"until: a Unix socket has no ports to run out of; use --duration or --count"},
		{"a source", "source=127.0.0.1", "source: " + tcp},
		{"ports", "source-ports=40000-40999", "source-ports: " + tcp},
		{"a walk", "port-select=walk", "port-select: " + tcp},
		{"keepalive of TCP", "tcp-keepalive=on", "tcp-keepalive: " + tcp},
		{"linger", "linger=0", "linger: " + tcp},
		{"an answer unread", "close=unread", "close: what is left unread ends no Unix socket with a reset"},
		{"a PROXY header", "proxy-protocol=v1",
			"proxy-protocol: it has addresses and ports, and a Unix socket has none"},
		{"io_uring", "engine=io_uring", "engine: io_uring makes TCP sockets only; use --engine epoll or auto"},
		{"net/http", "engine=nethttp", "engine: nethttp speaks HTTP only"},
		{"a certificate", "insecure=true", "insecure: it applies to https targets"},
		{"a header", "header=A: b", "header: it applies to http targets"},
		{"a lab's sysctl", "sysctl=net.core.somaxconn=1", "sysctl: it would change this host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Spec{Workload: workloadWith(t, tt.option), Targets: []string{"unix:/run/x.sock"}}
			err := s.Validate()
			if tt.want == "" && err == nil {
				return
			}
			if tt.want == "" || err == nil || !strings.Contains(err.Error(), tt.want) ||
				fault.Status(err) != fault.StatusUsage {
				t.Errorf("Validate() = %v, want a usage error with %q", err, tt.want)
			}
		})
	}
}

func TestATargetHasItsOwnCertificate(t *testing.T) {
	for _, option := range []string{"server-cert=s.pem", "server-key=s.pem", "server-client-ca=s.pem"} {
		s := Spec{Workload: workloadWith(t, option), Targets: []string{"https://127.0.0.1/"}}
		want := option[:len(option)-len("=s.pem")] + ": it is for a lab's server, and a target has its own"
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() with %s = %v, want %q in it", option, err, want)
		}
	}
}

func TestWhatIsWrongWithAFileOfACertificateIsSaidBeforeTheRun(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	good, old := ca.Issue(t, "good", now.Add(time.Hour)), ca.Issue(t, "old", now.Add(-time.Hour))
	tests := []struct {
		name    string
		options []string
		want    string // in the error; "" is none
	}{
		{"all is well", []string{"cacert=" + ca.File, "cert=" + good.Cert, "key=" + good.Key, "server-cert=" +
			good.Cert,
			"server-key=" + good.Key, "server-client-ca=" + ca.File}, ""},
		{"no authorities", []string{"cacert=/no/ca.pem"}, "cacert: stat /no/ca.pem: no such file"},
		{"an expired certificate", []string{"cert=" + old.Cert, "key=" + old.Key}, "cert: " + old.Cert +
			" expired on "},
		{"another's key", []string{"cert=" + good.Cert, "key=" + old.Key},
			"cert: " + old.Key + " is not the key of the certificate in " + good.Cert},
		{"the server's is expired", []string{"server-cert=" + old.Cert, "server-key=" + old.Key},
			"server's certificate: " + old.Cert + " expired on "},
		{"a server without authorities", []string{"server-client-ca=" + good.Key},
			"authorities of client certificates: " + good.Key + " has a PRIVATE KEY and no certificate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckCertificates(Spec{Workload: workloadWith(t, tt.options...)}, now)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("CheckCertificates = %v, want nil", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) ||
				fault.Status(err) != fault.StatusUsage):
				t.Errorf("CheckCertificates = %v, want a usage error with %q", err, tt.want)
			}
		})
	}
}

func TestHandshakesOfTLSAreInTheResultWhereThereAreSome(t *testing.T) {
	h := metrics.Handshakes{Done: 100, Resumed: 90, Failure: "why"}
	n, all := int64(40), int64(100)
	tests := []struct {
		name           string
		engine, scheme string
		rsts           int64 // that the client sent; below 0 its counters are not known
		resets         bool
		want           *results.TLS
	}{
		{"nethttp", "nethttp", "https", 40, true, &results.TLS{Handshakes: 100, Resumed: 90, Failure: "why",
			EndedByRST: &n}},
		{"more RSTs than handshakes", "nethttp", "https", 140, true, &results.TLS{Handshakes: 100, Resumed: 90,
			Failure: "why", EndedByRST: &all}},
		{"both sides' counters together", "nethttp", "https", 40, false, &results.TLS{Handshakes: 100, Resumed: 90,
			Failure: "why"}},
		{"no counters", "nethttp", "https", -1, true, &results.TLS{Handshakes: 100, Resumed: 90, Failure: "why"}},
		{"http", "nethttp", "http", 40, true, nil},
		{"hey, which does not count them", "hey", "https", 40, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &results.Run{Environment: results.Environment{Engine: tt.engine}}
			if tt.rsts >= 0 {
				r.Kernel.Client = map[string]int64{"TcpOutRsts": tt.rsts}
			}
			if diff := cmp.Diff(tt.want, handshakes(r, tt.scheme, h, tt.resets)); diff != "" {
				t.Errorf("handshakes:\n%s", diff)
			}
		})
	}
}

func TestALibrarysDoingsAreInTheResult(t *testing.T) {
	rec := metrics.NewRecorder()
	rec.Requests = 10
	rec.Client = metrics.Client{Dials: 5, Redialed: 4, FailedRequests: 1, HTTP2: 7}
	tests := []struct {
		engine    string
		dialer    bool
		failed    bool
		protocols int
		warnings  []string
	}{
		{"nethttp", true, true, 2, []string{"dialer-retried", "idle-pool", "http2"}},
		{"epoll", false, false, 0, nil},
	}
	for _, tt := range tests {
		r := &results.Run{Keepalive: &results.Keepalive{Reconnects: 1000}}
		r.Options.ReadBody = true
		r.Environment.Engine, r.Options.Concurrency, r.Options.MaxIdleConnsPerHost = tt.engine, 100, 2
		var codes []string
		for _, w := range addLibrary(r, rec) {
			codes = append(codes, w.Code)
		}
		if strings.Join(codes, " ") != strings.Join(tt.warnings, " ") {
			t.Errorf("%s: warnings = %v, want %v", tt.engine, codes, tt.warnings)
		}
		if (r.Dialer != nil) != tt.dialer || (r.Totals.FailedRequests != nil) != tt.failed ||
			len(r.Totals.Protocols) != tt.protocols {
			t.Errorf("%s: dialer %v, failed requests %v, protocols %v", tt.engine, r.Dialer, r.Totals.FailedRequests,
				r.Totals.Protocols)
		}
		if d := r.Dialer; d != nil && (d.Dials != 5 || d.Retried != 4) {
			t.Errorf("%s: dialer = %+v, want 5 dials, 4 retried", tt.engine, *d)
		}
	}
	r := &results.Run{}
	r.Environment.Engine = "hey" // which keeps a million latencies: here none
	if w := addLibrary(r, &metrics.Recorder{Counts: metrics.Counts{Requests: 1},
		Latencies: metrics.NewRecorder().Latencies}); len(w) != 1 || w[0].Code != "hey-latencies" || r.Dialer != nil {
		t.Errorf("hey: warnings = %v, dialer %v, want hey-latencies and none", w, r.Dialer)
	}
}
