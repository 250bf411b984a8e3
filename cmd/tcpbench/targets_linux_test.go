package main

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tcpbench/results"
)

// visitors counts requests by path, user and password.
func visitors(t *testing.T) (url string, seen func() map[string]int) {
	t.Helper()
	var mu sync.Mutex
	n := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		mu.Lock()
		defer mu.Unlock()
		n[r.URL.Path+" "+user+":"+password]++
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://"), func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// Targets that differ in path are used in turn; at one address they are one destination.
func TestTargetsThatDifferInPath(t *testing.T) {
	for _, args := range [][]string{{"--engine=epoll"}, {"--engine=nethttp"}, {"--mode=keepalive", "--engine=epoll"},
		{"--mode=keepalive", "--engine=nethttp"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			url, seen := visitors(t)
			r := measure(t, append(args, "-n=100", "-c=1", "--linger=0", "http://"+url+"/a", "http://"+url+"/b")...)
			if n := seen(); len(n) != 2 || n["/a :"] != 50 || n["/b :"] != 50 {
				t.Errorf("requests = %v, want 50 for either path", n)
			}
			if r.Prediction.Destinations != 1 || len(r.Targets) != 2 || r.Totals.Requests != 100 {
				t.Errorf("%d destinations, targets %v, %d requests, want 1, both and 100", r.Prediction.Destinations,
					r.Targets, r.Totals.Requests)
			}
		})
	}
}

// A user and a password in the target are sent, and are in nothing that is kept or shown.
func TestAPasswordIsSentAndNotKept(t *testing.T) {
	const secret = "hunter2"
	for _, engine := range []string{"epoll", "nethttp"} {
		for _, format := range []string{"text", "json"} {
			t.Run(engine+", "+format, func(t *testing.T) {
				url, seen := visitors(t)
				output := filepath.Join(t.TempDir(), "r.json")
				status, stdout, stderr := command("run", "-n=20", "-c=1", "--linger=0", "--engine="+engine, "-o",
					output,
					"--format="+format, "http://me:"+secret+"@"+url+"/x")
				if n := seen(); status != 0 || len(n) != 1 || n["/x me:"+secret] != 20 {
					t.Fatalf("exit status %d, requests = %v, want 20 by me\n%s", status, n, stderr)
				}
				kept, err := os.ReadFile(output)
				if err != nil {
					t.Fatal(err)
				}
				encoded := base64.StdEncoding.EncodeToString([]byte("me:" + secret))
				for _, text := range []string{stdout, stderr, string(kept)} {
					if strings.Contains(text, secret) || strings.Contains(text, encoded) {
						t.Errorf("the password is in %s", text)
					}
				}
				if r, err := results.Read(output); err != nil || r.Targets[0] != "http://...@"+url+"/x" {
					t.Errorf("targets = %v, %v, want the user and the password left out", r.Targets, err)
				}
			})
		}
	}
}

// Nor is it in an error, or in what a run leaves that failed.
func TestAPasswordIsInNoMessage(t *testing.T) {
	const secret = "hunter2"
	for _, args := range [][]string{
		{"http://me:" + secret + "@no-such-host.invalid/"},
		{"http://me:" + secret + "@127.0.0.1:1/"},
		{"http://me:" + secret + "@127.0.0.1:1/", "http://me:" + secret + "@127.0.0.1:1/"},
		{"http://me:" + secret + "@127.0.0.1:1/", "https://me:" + secret + "@127.0.0.1:1/"},
		{"-H", "Authorization: x", "http://me:" + secret + "@127.0.0.1:1/"},
		{"tcp://me:" + secret + "@127.0.0.1:1"},
		{"http://me:" + secret + "@{server}/"},
		{"--lab", "http://me:" + secret + "@10.0.0.1/"},
		{"--lab", "--server=https", "http://me:" + secret + "@{server}/"},
		{"http://me:" + secret + "%zz@127.0.0.1:1/"},
	} {
		output := filepath.Join(t.TempDir(), "r.json")
		status, stdout, stderr := command(append([]string{"run", "-n=1", "-c=1", "-o", output}, args...)...)
		kept, _ := os.ReadFile(output) // there may be none
		if all := stdout + stderr + string(kept); status == 0 || strings.Contains(all, secret) {
			t.Errorf("%v: exit status %d, %s", args, status, all)
		}
	}
}
