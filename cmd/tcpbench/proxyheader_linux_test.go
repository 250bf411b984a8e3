package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/certificate/certificatetest"
	"tcpbench/results"
)

// behindProxies is nginx that wants a PROXY header, and writes what that says of each
// connection beside what it knows itself.
const behindProxies = `daemon off; master_process off; user root; pid nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
	log_format both "$remote_addr:$remote_port $proxy_protocol_addr:$proxy_protocol_port $server_addr:$server_port "
		"$proxy_protocol_server_addr:$proxy_protocol_server_port";
	access_log seen.log both;
	client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
	ssl_certificate %s;
	ssl_certificate_key %s;
	server {
		listen 8080 proxy_protocol backlog=4096;
		listen 8443 ssl http2 proxy_protocol backlog=4096;
		location / { return 200 "tcpbench"; }
	}
}
`

// nginx says that the header has the addresses and ports of the connection itself.
func TestNginxReadsTheProxyHeader(t *testing.T) {
	ca := certificatetest.New(t)
	pair := ca.Issue(t, "server", time.Now().Add(time.Hour), serverAddr)
	const http, https = "http://{server}:8080/", "https://{server}:8443/"
	tests := []struct {
		name string
		url  string
		args []string
	}{
		{"epoll", http, []string{"--engine=epoll"}},
		{"epoll, with fresh sockets", http, []string{"--engine=epoll", "--sockets=fresh"}},
		{"epoll, on held connections", http, []string{"--engine=epoll", "--mode=keepalive", "--requests-per-conn=5"}},
		{"epoll, at a rate", http, []string{"--engine=epoll", "--mode=keepalive", "--rate=1000", "-z=10s"}},
		{"epoll, from two addresses to two ports", http, []string{"--engine=epoll", "--source=2"}},
		{"auto, on held connections", http, []string{"--mode=keepalive"}},
		{"nethttp", http, []string{"--engine=nethttp"}},
		{"nethttp, on held connections", http, []string{"--engine=nethttp", "--mode=keepalive"}},
		{"https", https, []string{"--cacert=" + ca.File}},
		{"HTTP/2", https, []string{"--cacert=" + ca.File, "--mode=keepalive"}},
	}
	for _, tt := range tests {
		for _, version := range []string{"v1", "v2"} {
			t.Run(tt.name+", "+version, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				config := fmt.Sprintf(behindProxies, pair.Cert, pair.Key)
				if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644); err != nil {
					t.Fatal(err)
				}
				r := measure(t, append([]string{"-n=200", "-c=20", "--proxy-protocol=" + version,
					"--server-cmd", fmt.Sprintf("nginx -e stderr -p %s -c nginx.conf", dir), tt.url}, tt.args...)...)
				checkHeaders(t, r, filepath.Join(dir, "seen.log"))
			})
		}
	}
}

// checkHeaders compares both halves of every line of nginx's log.
func checkHeaders(t *testing.T, r *results.Run, log string) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 200 || r.Totals.Requests != 200 || r.Totals.Failed != 0 {
		t.Errorf("nginx answered %d requests, %d arrived, errors %v, want 200", len(lines), r.Totals.Requests,
			r.Totals.Errors)
	}
	for _, l := range lines {
		f := strings.Fields(l)
		if len(f) != 4 || f[0] != f[1] || f[2] != f[3] || !strings.HasPrefix(f[0], "198.18.") {
			t.Fatalf("nginx's log has %q, want the addresses of the connection twice", l)
		}
	}
}

// haproxy takes a connection with a header alone, and answers where it is that of the client.
func TestHaproxyReadsTheProxyHeader(t *testing.T) {
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	text := `defaults
	mode http
	timeout client 5s
	timeout server 5s
	timeout connect 5s
frontend all
	bind :8080 accept-proxy
	acl client src 198.18.0.0/16
	acl server dst 198.19.0.1
	http-request return status 200 if client { src_port 40000:40999 } server { dst_port 8080 }
	http-request return status 403
`
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"epoll", "nethttp"} {
		for _, version := range []string{"none", "v1", "v2"} {
			t.Run(engine+", "+version, func(t *testing.T) {
				t.Parallel()
				want, answered := 0, int64(100)
				if version == "none" {
					want, answered = 1, 0
				}
				r := measureTo(t, want, "-n=100", "-c=10", narrow, "--engine="+engine, "--proxy-protocol="+version,
					"--server-cmd", "haproxy -db -f "+config, "http://{server}:8080/")
				if r.Totals.Status["200"] != answered || len(r.Totals.Status) > 1 {
					t.Errorf("answers = %v, errors %v, want %d of 200", r.Totals.Status, r.Totals.Errors, answered)
				}
			})
		}
	}
}
