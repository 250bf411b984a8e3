package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tcpbench/results"
)

// nginx is the command of an nginx in a lab, with a directive for its server
// on port 8080.
func nginx(t *testing.T, directive string) string {
	t.Helper()
	dir := t.TempDir()
	config := `daemon off; master_process off; user root; pid nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
	server { listen 8080 backlog=4096; ` + directive + ` location / { return 200 "tcpbench"; } }
}`
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("nginx -e stderr -p %s -c %s/nginx.conf", dir, dir)
}

// A probe of health: connect, and close, without a byte.
func TestATCPProbeSendsNothing(t *testing.T) {
	echo := []string{"--destinations=3"}
	program := []string{"--server-cmd=" + nginx(t, ""), "tcp://{server}:8080"}
	for _, engine := range engines(t) {
		for _, server := range [][]string{echo, program} {
			for _, linger := range []string{"off", "0"} {
				for _, rate := range []string{"--rate=none", "--rate=1000"} {
					name := fmt.Sprintf("%s, %s, linger %s, %s", engine, server[0][:8], linger, rate)
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						r := measure(t, append([]string{"--engine=" + engine, "--linger=" + linger, rate, "-n=600",
							"-c=20", "-z=20s", "--request-size=0", "--response-size=0"}, server...)...)
						checkProbe(t, r, 600)
					})
				}
			}
		}
	}
}

func checkProbe(t *testing.T, r *results.Run, n int64) {
	t.Helper()
	if r.Totals.Succeeded != n || r.Totals.Attempted != n ||
		r.Totals.BytesSent+r.Totals.BytesReceived+r.Totals.Requests != 0 {
		t.Errorf("totals = %+v, want %d connections without a byte", r.Totals, n)
	}
	waits, resets := n, int64(0)
	if r.Options.Linger.Reset() {
		waits, resets = 0, n
	}
	if c := r.Kernel.Client; c["TcpExtTW"] != waits || c["TcpOutRsts"] != resets {
		t.Errorf("client TcpExtTW = %d, TcpOutRsts = %d, want %d and %d", c["TcpExtTW"], c["TcpOutRsts"], waits, resets)
	}
	if c, ok := r.Closers(); !ok || c.Client.Count() != n || c.Server.Count() != 0 {
		t.Errorf("Closers() = %v, %t, want client %d", c, ok, n)
	}
	checkCounts(t, r)
}
