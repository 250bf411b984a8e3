package http1

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkResponse(b *testing.B) {
	keepalive := crlf("HTTP/1.1 200 OK\nServer: nginx\nDate: Sat, 21 Nov 2026 23:33:23 GMT\nContent-Type: " +
		"text/plain\nContent-Length: 8\nConnection: keep-alive\n\ntcpbench")
	nginx := recorded(b)["nginx-static"]
	chunked := recorded(b)["go-trailers"]
	large := crlf("HTTP/1.1 200 OK\nContent-Length: 65536\n\n" + strings.Repeat("x", 65536))
	benchmarks := []struct {
		name  string
		reads [][]byte
	}{
		{"keepalive", [][]byte{keepalive}},
		{"nginx", [][]byte{nginx}},
		{"two-reads", [][]byte{keepalive[:60], keepalive[60:]}},
		{"chunked", [][]byte{chunked}},
		{"large", [][]byte{large}},
	}
	for _, bb := range benchmarks {
		size := 0
		for _, p := range bb.reads {
			size += len(p)
		}
		b.Run(fmt.Sprintf("response=%s/bytes=%d", bb.name, size), func(b *testing.B) {
			b.ReportAllocs()
			var r Response
			for b.Loop() {
				r.Reset(false)
				done := false
				for _, p := range bb.reads {
					var err error
					if _, done, err = r.Feed(p); err != nil {
						b.Fatal(err)
					}
				}
				if !done {
					b.Fatal("the response has no end")
				}
			}
		})
	}
}
