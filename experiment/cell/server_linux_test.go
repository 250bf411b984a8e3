package cell

import (
	"crypto/tls"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"tcpbench/lab/labtest"
	"tcpbench/scenario"
)

func TestALabsServerAnswers(t *testing.T) {
	config, err := filepath.Abs("../../examples/nginx/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	nginx := func(t *testing.T) scenario.Server {
		return scenario.Server{Program: scenario.Program{
			Command:   []string{"nginx", "-e", "stderr", "-p", t.TempDir(), "-c", config},
			Addresses: []string{"http://{server}:8080/any?thing"},
		}}
	}
	embedded := func(s scenario.Server) func(*testing.T) scenario.Server {
		return func(*testing.T) scenario.Server { return s }
	}
	tests := []struct {
		name   string
		ip     scenario.IPFamily
		server func(*testing.T) scenario.Server
		kind   string
		url    string
		body   int
	}{
		{"http", scenario.IPv4, embedded(scenario.Server{Protocol: "http"}), "embedded", "http://198.19.0.1:7000/", 64},
		{"http on a port of its own", scenario.IPv6,
			embedded(scenario.Server{Protocol: "http",
				Program: scenario.Program{Addresses: []string{"http://{server}/x"}}}),
			"embedded", "http://[2001:2:0:2::1]/x", 64},
		{"https", scenario.IPv4, embedded(scenario.Server{Protocol: "https"}), "embedded",
			"https://198.19.0.1:7000/", 64},
		{"https over IPv6", scenario.IPv6, embedded(scenario.Server{Protocol: "https"}), "embedded",
			"https://[2001:2:0:2::1]:7000/", 64},
		{"nginx", scenario.IPv4, nginx, "command", "http://198.19.0.1:8080/any?thing", 9},
		{"nginx over IPv6", scenario.IPv6, nginx, "command", "http://[2001:2:0:2::1]:8080/any?thing", 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !labtest.Bare(t) {
				return
			}
			s := Spec{Workload: scenario.DefaultWorkload(), Programs: scenario.Programs{Server: tt.server(t)}}
			s.Workload.IP = tt.ip
			p := opened(t, s)
			if got := p.Targets(); len(got) != 1 || got[0] != tt.url || p.targetKind != tt.kind {
				t.Fatalf("Targets() = %q, %s, want %q, %s", got, p.targetKind, tt.url, tt.kind)
			}
			transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
			client := &http.Client{Transport: transport}
			resp, err := client.Get(p.Targets()[0])
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != 200 || len(body) != tt.body {
				t.Errorf("Get(%s) = %s, %q, %v, want 200 with %d bytes", tt.url, resp.Status, body, err, tt.body)
			}
		})
	}
}
