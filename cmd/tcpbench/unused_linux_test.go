package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/results"
)

// loggingNginx is nginx that writes the number of each request's connection.
const loggingNginx = `daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
	log_format which "$connection";
	access_log seen.log which;
	keepalive_requests 1000000;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	ssl_certificate cert.pem;
	ssl_certificate_key key.pem;
	server {
		listen {server}:8080 backlog=4096;
		listen {server}:8443 ssl http2 backlog=4096;
		location / { return 200 hello; }
	}
}
`

// What is said of connections is what the server's log says of them.
func TestConnectionsAreThoseThatTheServersLogHas(t *testing.T) {
	tests := []struct {
		name, url string
		args      []string
		most      int // of connections
	}{
		{"HTTP/1.1", "http://{server}:8080/",
			[]string{"-c=64", "--engine=nethttp", "--max-idle-conns-per-host=64"}, 1000},
		{"HTTP/1.1 with a small pool", "http://{server}:8080/", []string{"-c=64", "--engine=nethttp"}, 1000},
		{"hey", "http://{server}:8080/", []string{"-c=40", "--engine=hey"}, 1000},
		{"HTTP/2", "https://{server}:8443/", []string{"-c=10", "--insecure"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, used := logged(t, tt.url, tt.args...)
			if used > tt.most || used == 0 {
				t.Errorf("nginx's log has %d connections, want 1 to %d", used, tt.most)
			}
			n := int64(used)
			if r.Totals.Requests != 1000 || r.Totals.Used() != n || r.Totals.Succeeded != n || r.Totals.Unused == nil {
				t.Errorf("%d requests on %d connections, %d succeeded, want 1000 on %d, as in nginx's log",
					r.Totals.Requests, r.Totals.Used(), r.Totals.Succeeded, n)
			}
			again := max(n-int64(r.Options.Concurrency), 0)
			got := r.Keepalive
			if got != nil && (got.RequestsPerConnection != 1000/float64(n) || got.Reconnects != again) {
				t.Errorf("keepalive = %+v, want 1000 requests on %d connections, %d of them again", got, n, again)
			}
			if got := r.Totals.Obtained; got != n+*r.Totals.Unused || got != r.Kernel.Client["TcpActiveOpens"] {
				t.Errorf("ports = %d, want those of %d and %d connections: %d", got, n, *r.Totals.Unused,
					r.Kernel.Client["TcpActiveOpens"])
			}
			want := fmt.Sprintf(" (%d more were opened and never used)", *r.Totals.Unused)
			if says := strings.Contains(r.Verdict.Headline, want); says != (*r.Totals.Unused > 1) {
				t.Errorf("headline = %q, %d were never used", r.Verdict.Headline, *r.Totals.Unused)
			}
		})
	}
}

// logged runs 1000 requests against nginx, and counts the connections in its log.
func logged(t *testing.T, url string, args ...string) (r *results.Run, used int) {
	t.Helper()
	dir := t.TempDir()
	config := strings.ReplaceAll(loggingNginx, "{server}", "198.19.0.1")
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, dir)
	r = measure(t, append([]string{"--mode=keepalive", "-n=1000",
		"--server-cmd", fmt.Sprintf("nginx -e stderr -p %s -c nginx.conf", dir), url}, args...)...)
	log, err := os.ReadFile(filepath.Join(dir, "seen.log"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range strings.Fields(string(log)) {
		seen[line] = true
	}
	return r, len(seen)
}

// writeCertificate writes a key and a certificate that it has signed.
func writeCertificate(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
