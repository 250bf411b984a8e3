package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/certificate/certificatetest"
)

// serverAddr is that of a lab's server.
const serverAddr = "198.19.0.1"

// Go's server answers the client's farewell. Its own meets a socket that is closed, whose
// kernel answers with RST: no port of a thousand is held for a minute.
func TestTheFarewellOfTLSFreesPorts(t *testing.T) {
	r := measure(t, narrow, "--until=exhausted", "--steady=0", "--server=https", "--insecure", "-n=3000", "-z=60s")
	if r.Exhaustion.Exhausted || r.Totals.Succeeded != 3000 {
		t.Fatalf("exhausted %v, %d succeeded, errors %v, want 3000 connections on 1000 ports", r.Exhaustion.Exhausted,
			r.Totals.Succeeded, r.Totals.Errors)
	}
	if n := r.TLS.EndedByRST; n == nil || *n < 2900 || *n > 3000 || r.Kernel.Client["TcpOutRsts"] < *n {
		t.Errorf("ended by RST = %v, counters %v, want nearly all of 3000", n, r.Kernel.Client)
	}
	const head = "they last longer than the law says, since RSTs end connections of TLS"
	details := strings.Join(r.Verdict.Sentences(), " ")
	if !strings.Contains(r.Verdict.Headline, head) || !strings.Contains(details,
		"connections when TLS was closed: the "+
			"server's farewell (close_notify) came to a socket that the client had closed") {
		t.Errorf("verdict = %q, %q, want the RSTs named", r.Verdict.Headline, details)
	}
	// All at once begin with a handshake of their own.
	if h := r.TLS; h.Handshakes != 3000 || h.Resumed < 2900 || h.Resumed > 2999 {
		t.Errorf("TLS = %+v, want 3000 handshakes, all but the first resumed", h)
	}
}

// nginx sends no farewell after the client's: the law of ports holds.
func TestTheLawHoldsForTLSWithoutAFarewell(t *testing.T) {
	ca := certificatetest.New(t)
	p := ca.Issue(t, "server", time.Now().Add(time.Hour), serverAddr)
	server := nginx(t, fmt.Sprintf("listen 8443 ssl backlog=4096; ssl_certificate %s; ssl_certificate_key %s;",
		p.Cert, p.Key))
	r := measure(t, narrow, "--until=exhausted", "--server-cmd="+server, "--cacert="+ca.File, "-z=60s",
		"https://{server}:8443/")
	if ex := r.Exhaustion; !ex.Exhausted || *ex.AfterConnections < 1000 || *ex.AfterConnections > 1200 {
		t.Fatalf("exhaustion = %+v, want out of 1000 ports, or as many more as nginx closed first", ex)
	}
	if n := r.TLS.EndedByRST; n == nil || *n > 10 || strings.Contains(r.Verdict.Headline, "RST") {
		t.Errorf("ended by RST = %v, headline %q, want none", n, r.Verdict.Headline)
	}
}

func TestResumptionCanBeSwitchedOff(t *testing.T) {
	r := measure(t, "--server=https", "--insecure", "-n=100", "--tls-resume=off")
	if h := r.TLS; h.Handshakes != 100 || h.Resumed != 0 || r.Latency.TLS.Count != 100 {
		t.Errorf("TLS = %+v, %d timed, want 100 handshakes of their own", h, r.Latency.TLS.Count)
	}
}

// The lab's https server with a certificate of one's own, and a client with one.
func TestCertificatesOfBothSides(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	server, client := ca.Issue(t, "server", now.Add(time.Hour), serverAddr), ca.Issue(t, "client", now.Add(time.Hour))
	named := ca.Issue(t, "named", now.Add(time.Hour), "example.org")
	other := certificatetest.New(t)
	shown := func(p certificatetest.Pair) []string {
		return []string{"--server=https", "-n=20", "-c=2", "--server-cert=" + p.Cert, "--server-key=" + p.Key}
	}
	asks := append(shown(server), "--server-client-ca="+ca.File, "--cacert="+ca.File)
	tests := []struct {
		name string
		args []string
		want string // part of the error; "" is none
	}{
		{"both are trusted", append(asks, "--cert="+client.Cert, "--key="+client.Key), ""},
		{"by the name of the certificate", append(shown(named), "--cacert="+ca.File, "--servername=example.org"), ""},
		{"HTTP/2 alone", append(shown(server), "--cacert="+ca.File, "--mode=keepalive", "--http=2"), ""},
		{"the client has none", asks, "the server asks for a client certificate; give one with --cert FILE"},
		{"an authority that the host does not know", shown(server), "give that one's certificate with --cacert FILE"},
		{"another authority", append(shown(server), "--cacert="+other.File), "is not signed by an authority of " +
			other.File},
		{"another name", append(shown(named), "--cacert="+ca.File), "the server's certificate is not one for " +
			serverAddr + "; say which name it has with --servername NAME"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := 0
			if tt.want != "" {
				want = 1
			}
			r := measureTo(t, want, tt.args...)
			if tt.want == "" && (r.Totals.Requests != 20 || r.TLS.Handshakes < 1 || r.TLS.Failure != "") {
				t.Errorf("%d requests, TLS %+v, want 20 and no failure", r.Totals.Requests, r.TLS)
			}
			if !strings.Contains(r.Verdict.Headline, tt.want) || !strings.Contains(r.TLS.Failure, tt.want) {
				t.Errorf("headline = %q, failure %q, want %q in both", r.Verdict.Headline, r.TLS.Failure, tt.want)
			}
		})
	}
}

// What is wrong with a file is said before anything is measured.
func TestAFileThatIsNoCertificateIsTheUsersToMend(t *testing.T) {
	now, ca := time.Now(), certificatetest.New(t)
	good, old := ca.Issue(t, "good", now.Add(time.Hour)), ca.Issue(t, "old", now.Add(-time.Hour))
	output := filepath.Join(t.TempDir(), "r.json")
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no such file", []string{"run", "--cacert=/no/ca.pem", "https://127.0.0.1:1/"},
			"cacert: stat /no/ca.pem: no such file"},
		{"an expired certificate", []string{"run", "--cert=" + old.Cert, "--key=" + old.Key, "https://127.0.0.1:1/"},
			"cert: " + old.Cert + " expired on "},
		{"another's key", []string{"run", "--cert=" + good.Cert, "--key=" + old.Key, "https://127.0.0.1:1/"},
			old.Key + " is not the key of the certificate in " + good.Cert},
		{"in a lab", []string{"run", "--server=https", "--insecure", "--server-cert=" + old.Cert, "--server-key=" +
			old.Key},
			old.Cert + " expired on "},
		{"of serve", []string{"serve", "--protocol=https", "--cert=" + old.Cert, "--key=" + old.Key},
			old.Cert + " expired on "},
		{"of serve without TLS", []string{"serve", "--cert=" + good.Cert, "--key=" + good.Key},
			"a server that speaks echo has no certificate"},
		{"of serve without a key", []string{"serve", "--protocol=https", "--cert=" + good.Cert},
			"give both --cert and --key"},
		{"authorities for serve", []string{"serve", "--protocol=https", "--client-ca=" + good.Key},
			good.Key + " has a PRIVATE KEY and no certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := tt.args
			if args[0] == "run" {
				args = append(args, "-o", output)
			}
			status, _, stderr := command(args...)
			if status != 2 || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit status %d, %q, want 2 and %q", status, stderr, tt.want)
			}
			if _, err := os.Stat(output); err == nil {
				t.Error("there is a result")
			}
		})
	}
}

func TestAResultWithoutTLSSaysNothingOfIt(t *testing.T) {
	for _, args := range [][]string{{"-n=10"}, {"--server=http", "--engine=nethttp", "-n=10"}} {
		if r := measure(t, args...); r.TLS != nil {
			t.Errorf("TLS = %+v of %v, want none", *r.TLS, args)
		}
	}
}
