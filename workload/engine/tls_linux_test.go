package engine_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/certificate/certificatetest"
	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
	"tcpbench/workload/engine"
)

// The server says which handshakes took up an earlier session; the client counts the same.
func TestSessionsAreResumed(t *testing.T) {
	for _, tt := range []struct {
		name        string
		resume      bool
		servers     int
		concurrency int
		full        int64 // handshakes at the least, and at the most as many more as are in flight
	}{
		{"one after the other", true, 1, 1, 1},
		{"twenty in flight", true, 1, 20, 1},
		{"each server has sessions of its own", true, 2, 1, 2},
		{"not wanted", false, 1, 1, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var addrs []netip.AddrPort
			var servers []*targettest.Server
			for range tt.servers {
				s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, ResponseSize: 10})
				addrs, servers = append(addrs, s.Addrs...), append(servers, s)
			}
			p := webPlan(scenario.ModeShort, "https", addrs...)
			p.HTTP.TLS.Resume = tt.resume
			rec := run(t, p, engine.Task{Concurrency: tt.concurrency}, 100, time.Minute)
			var seen target.Stats
			for _, s := range servers {
				seen.Add(s.Stop())
			}
			full := seen.Handshakes - seen.Resumed
			if seen.Handshakes != 100 || full < tt.full || full > tt.full+int64(tt.concurrency)-1 {
				t.Errorf("the server saw %d handshakes, %d of them resumed, want 100 and all but %d", seen.Handshakes,
					seen.Resumed, tt.full)
			}
			if h := rec.Handshakes; h.Done != seen.Handshakes || h.Resumed != seen.Resumed || h.Failure != "" ||
				rec.TLS.Count() != 100 {
				t.Errorf("the client counted %+v and timed %d, want what the server did", h, rec.TLS.Count())
			}
		})
	}
}

func TestTheVersionsOfHTTPThatAreOffered(t *testing.T) {
	for _, tt := range []struct {
		version scenario.HTTPVersion
		http2   int64 // answers of 100
	}{{scenario.HTTPBoth, 100}, {scenario.HTTP1, 0}, {scenario.HTTP2, 100}} {
		t.Run(string(tt.version), func(t *testing.T) {
			s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS})
			p := webPlan(scenario.ModeKeepalive, "https", s.Addrs...)
			p.HTTP.TLS.HTTP = tt.version
			if rec := drive(t, p, 100); rec.Requests != 100 || rec.Client.HTTP2 != tt.http2 || rec.Failed != 0 {
				t.Errorf("%d answers, %d by HTTP/2, errors %v, want 100 and %d", rec.Requests, rec.Client.HTTP2,
					rec.Outcomes.Errors(), tt.http2)
			}
		})
	}
}

// pool has the certificates of a file.
func pool(t *testing.T, file string) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(text)
	return p
}

// shows is a client with a certificate.
func shows(t *testing.T, c engine.TLS, p certificatetest.Pair) engine.TLS {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	c.Certificates, c.Cert = []tls.Certificate{pair}, p.Cert
	return c
}

// listenTLS is a server of crypto/tls, which answers HTTP/1.1 once.
func listenTLS(t *testing.T, c *tls.Config) netip.AddrPort {
	return accept(t, func(conn net.Conn) {
		s := tls.Server(conn, c)
		if _, err := s.Read(make([]byte, 1000)); err == nil {
			_, _ = s.Write([]byte("HTTP/1.1 204 No Content\r\n\r\n"))
		}
		_ = s.Close()
	})
}

func TestWhyATLSHandshakeFailsIsSaidWithWhatToDo(t *testing.T) {
	now, ca, other := time.Now(), certificatetest.New(t), certificatetest.New(t)
	good, old := ca.Issue(t, "good", now.Add(time.Hour), "127.0.0.1"), ca.Issue(t, "old", now.Add(-time.Hour),
		"127.0.0.1")
	named := ca.Issue(t, "named", now.Add(time.Hour), "example.org")
	foreign := other.Issue(t, "foreign", now.Add(time.Hour))
	server := func(p certificatetest.Pair, change func(*tls.Config)) *tls.Config {
		pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
		if err != nil {
			t.Fatal(err)
		}
		c := &tls.Config{Certificates: []tls.Certificate{pair}}
		change(c)
		return c
	}
	same := func(*tls.Config) {}
	asks := func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, pool(t, ca.File) }
	old12 := func(c *tls.Config) { asks(c); c.MaxVersion = tls.VersionTLS12 }
	trusts := engine.TLS{Roots: pool(t, ca.File), CACert: ca.File}
	tests := []struct {
		name   string
		server *tls.Config
		client engine.TLS
		want   string // part of why; "" where all is well
	}{
		{"all is well", server(good, same), trusts, ""},
		{"a client certificate that is accepted", server(good, asks), shows(t, trusts, good), ""},
		{"the name is the certificate's", server(named, same), engine.TLS{Roots: trusts.Roots,
			ServerName: "example.org"}, ""},
		{"an authority that the host does not know", server(good, same), engine.TLS{},
			"is signed by an authority that this host does not trust; give that one's certificate with --cacert " +
				"FILE, or accept any with --insecure"},
		{"an authority that is not in the file", server(good, same), engine.TLS{Roots: pool(t, other.File),
			CACert: other.File}, "is not signed by an authority of " + other.File},
		{"an expired certificate", server(old, same), trusts, "holds from "},
		{"another's name", server(named, same), trusts,
			"is not one for 127.0.0.1; say which name it has with --servername"},
		{"no client certificate", server(good, asks), trusts,
			"the server asks for a client certificate; give one with --cert FILE and --key FILE"},
		{"no client certificate, with TLS 1.2", server(good, old12), trusts,
			"the server asks for a client certificate"},
		{"a client certificate of a foreign authority", server(good, asks), shows(t, trusts, foreign),
			"the server does not accept the client certificate in " + foreign.Cert},
		{"the same with TLS 1.2", server(good, old12), shows(t, trusts, foreign),
			"the server does not accept the client certificate in " + foreign.Cert},
		{"no version of HTTP in common", server(good, func(c *tls.Config) { c.NextProtos = []string{"h3"} }), trusts,
			"the server speaks none of the versions of HTTP that were offered (--http both)"},
		{"no version of TLS in common", server(good, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 }), trusts,
			"the server speaks no version of TLS that the client does"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := webPlan(scenario.ModeShort, "https", listenTLS(t, tt.server))
			p.HTTP.TLS = tt.client
			rec := drive(t, p, 20)
			if tt.want == "" {
				if rec.Requests != 20 || rec.Handshakes.Failure != "" {
					t.Errorf("%d answers, errors %v, failure %q, want 20 and none", rec.Requests, rec.Outcomes.Errors(),
						rec.Handshakes.Failure)
				}
				return
			}
			if rec.Requests != 0 || !strings.Contains(rec.Handshakes.Failure, tt.want) {
				t.Errorf("%d answers, errors %v, failure %q, want none for %q", rec.Requests, rec.Outcomes.Errors(),
					rec.Handshakes.Failure, tt.want)
			}
		})
	}
}

func TestAServerWithoutHTTP2IsNamed(t *testing.T) {
	ca := certificatetest.New(t)
	good := ca.Issue(t, "good", time.Now().Add(time.Hour), "127.0.0.1")
	pair, err := tls.LoadX509KeyPair(good.Cert, good.Key)
	if err != nil {
		t.Fatal(err)
	}
	p := webPlan(scenario.ModeKeepalive, "https", listenTLS(t, &tls.Config{Certificates: []tls.Certificate{pair}}))
	p.HTTP.TLS.HTTP = scenario.HTTP2
	rec := drive(t, p, 20)
	const want = "the server does not speak HTTP/2, which --http 2 asks for"
	if rec.Requests != 0 || rec.Handshakes.Failure != want || rec.Handshakes.Done != 0 {
		t.Errorf("%d answers, %+v, want none for %q", rec.Requests, rec.Handshakes, want)
	}
}
