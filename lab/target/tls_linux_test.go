package target_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/certificate/certificatetest"
	"tcpbench/lab/target"
	"tcpbench/lab/target/targettest"
	"tcpbench/scenario"
)

// tlsClient is a client that takes any certificate and speaks one version.
func tlsClient(t *testing.T, h2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!h2)
	transport.Protocols.SetHTTP2(h2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: deadline}
}

// fetch makes a request and returns the answer with its body read.
func fetch(t *testing.T, client *http.Client, method, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s = %v, want no error", method, url, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(got)
}

func TestHTTPSAnswers(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP/2 %t", h2), func(t *testing.T) {
			s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, ResponseSize: 10})
			client, url := tlsClient(t, h2), "https://"+s.Addrs[0].String()+"/a?b"
			for _, method := range []string{"GET", "POST", "HEAD", "GET"} {
				sent, want := "", "tcpbenchtc"
				if method == "POST" {
					sent = strings.Repeat("x", 300_000)
				}
				if method == "HEAD" {
					want = ""
				}
				resp, got := fetch(t, client, method, url, sent)
				if resp.StatusCode != 200 || got != want || resp.ContentLength != 10 || resp.Close ||
					resp.ProtoMajor == 2 != h2 {
					t.Errorf("%s = %s %s, %q of %d bytes, close %t, want 200 with %q", method, resp.Proto,
						resp.Status, got,
						resp.ContentLength, resp.Close, want)
				}
			}
			client.CloseIdleConnections()
			got := s.Stop()
			// Heads, the handshake and records are more than the bodies, of 300,000 and 30 bytes.
			if got.BytesReceived < 301_000 || got.BytesReceived > 330_000 || got.BytesSent < 1000 ||
				got.BytesSent > 5000 {
				t.Errorf("received %d bytes, sent %d, want those of the wire", got.BytesReceived, got.BytesSent)
			}
			want := target.Stats{Accepted: 1, Requests: 4, Handshakes: 1, BytesReceived: got.BytesReceived,
				BytesSent: got.BytesSent}
			if got != want {
				t.Errorf("Stop() = %+v, want %+v", got, want)
			}
		})
	}
}

func TestHTTPSClosesAfterSoManyAnswers(t *testing.T) {
	tests := []struct {
		name        string
		config      target.Config
		h2          bool
		connections int64 // for 6 requests
	}{
		{"HTTP/1.1, the first", target.Config{CloseFirst: true}, false, 6},
		{"HTTP/1.1, the third", target.Config{MaxRequests: 3}, false, 2},
		{"HTTP/2, the first", target.Config{CloseFirst: true}, true, 6},
		{"HTTP/2, the third", target.Config{MaxRequests: 3}, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Protocol, tt.config.ResponseSize = scenario.ServerHTTPS, 64
			s := targettest.Start(t, tt.config)
			client := tlsClient(t, tt.h2)
			for i := range 6 {
				resp, body := fetch(t, client, "GET", "https://"+s.Addrs[0].String()+"/", "")
				if resp.StatusCode != 200 || len(body) != 64 {
					t.Errorf("answer %d = %s with %d bytes, want 200 with 64", i, resp.Status, len(body))
				}
				if last := (i+1)%(6/int(tt.connections)) == 0; !tt.h2 && resp.Close != last {
					t.Errorf("answer %d says Connection: close: %t, want %t", i, resp.Close, last)
				}
			}
			if got := s.Stop(); got.Accepted != tt.connections || got.Requests != 6 {
				t.Errorf("Stop() = %+v, want %d connections and 6 requests", got, tt.connections)
			}
		})
	}
}

func TestHTTPSCertificateIsValidForTheServer(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS})
	resp, _ := fetch(t, tlsClient(t, false), "GET", "https://"+s.Addrs[0].String()+"/", "")
	cert := resp.TLS.PeerCertificates[0]
	for _, name := range []string{"127.0.0.1", "::1", "localhost", "server"} {
		if err := cert.VerifyHostname(name); err != nil {
			t.Errorf("VerifyHostname(%s) = %v, want no error", name, err)
		}
	}
	if err := cert.VerifyHostname("example.org"); err == nil {
		t.Error("VerifyHostname(example.org) = nil, want an error")
	}
	if err := cert.CheckSignatureFrom(cert); err == nil {
		t.Error("CheckSignatureFrom(itself) = nil; the certificate is no authority")
	}
}

func TestHTTPSClosesIdleConnections(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, IdleTimeout: 100 * time.Millisecond})
	silent := dial(t, s, 0) // not even a handshake
	client := tls.Client(dial(t, s, 0), &tls.Config{InsecureSkipVerify: true})
	send(t, client, []byte("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"))
	if resp, err := io.ReadAll(client); err != nil || !strings.HasPrefix(string(resp), "HTTP/1.1 200") {
		t.Errorf("ReadAll() = %q, %v, want an answer and then the end", resp, err)
	}
	atEnd(t, silent)
}

func TestHTTPSCountsResets(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS, ResponseSize: 1})
	before := descriptors()
	conn := dial(t, s, 0)
	client := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	// the server has not seen it yet
	for end := time.Now().Add(deadline); descriptors() > before && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if got := s.Stop(); got.Accepted != 1 || got.Resets != 1 || got.Requests != 0 || got.Errors != 0 {
		t.Errorf("Stop() = %+v, want 1 connection that was reset", got)
	}
}

func TestAServerCountsWhoResumesASession(t *testing.T) {
	s := targettest.Start(t, target.Config{Protocol: scenario.ServerHTTPS})
	client := tlsClient(t, false)
	transport := client.Transport.(*http.Transport)
	transport.TLSClientConfig.ClientSessionCache, transport.DisableKeepAlives = tls.NewLRUClientSessionCache(1), true
	for range 5 {
		fetch(t, client, "GET", "https://"+s.Addrs[0].String()+"/", "")
	}
	if got := s.Stop(); got.Accepted != 5 || got.Handshakes != 5 || got.Resumed != 4 {
		t.Errorf("Stop() = %+v, want 5 handshakes and 4 of them resumed", got)
	}
}

func TestAServerShowsTheCertificateThatItIsGiven(t *testing.T) {
	ca := certificatetest.New(t)
	mine := ca.Issue(t, "mine", time.Now().Add(time.Hour), "127.0.0.1")
	c := target.Config{Protocol: scenario.ServerHTTPS, Cert: mine.Cert, Key: mine.Key, ClientCA: ca.File}
	s := targettest.Start(t, c)
	client := tlsClient(t, false)
	pair, err := tls.LoadX509KeyPair(mine.Cert, mine.Key)
	if err != nil {
		t.Fatal(err)
	}
	own := client.Transport.(*http.Transport).TLSClientConfig
	url := "https://" + s.Addrs[0].String() + "/"
	if resp, err := client.Get(url); err == nil {
		t.Errorf("without a client certificate the server answered %s", resp.Status)
	}
	own.Certificates = []tls.Certificate{pair}
	resp, _ := fetch(t, client, "GET", url, "")
	if name := resp.TLS.PeerCertificates[0].Subject.CommonName; name != "mine" {
		t.Errorf("the certificate is of %q, want mine", name)
	}
}

func TestFilesOfACertificateThatAreNoneAreErrors(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	old := ca.Issue(t, "old", now.Add(-time.Hour))
	tests := []struct {
		name   string
		config target.Config
		want   string
	}{
		{"no file", target.Config{Cert: "/no/such.pem", Key: old.Key},
			"server's certificate: stat /no/such.pem: no such"},
		{"an expired one", target.Config{Cert: old.Cert, Key: old.Key}, old.Cert + " expired on "},
		{"authorities that are none", target.Config{ClientCA: old.Key}, "authorities of client certificates: " +
			old.Key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Protocol, tt.config.Threads = scenario.ServerHTTPS, 1
			tt.config.Listen = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}
			if _, err := target.Listen(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Listen = %v, want %q in it", err, tt.want)
			}
		})
	}
}
