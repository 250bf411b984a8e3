package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parsers are those of other programs' output, by a file of it in testdata.
func parsers() map[string]func([]byte) (tally, error) {
	return map[string]func([]byte) (tally, error){
		"crr.txt":   parseCRR,
		"rr.txt":    parseRR,
		"wrk.txt":   parseWrk,
		"hey.txt":   parseHey,
		"ab.txt":    parseAB,
		"neper.txt": parseNeper,
		"redis.txt": parseRedisBenchmark,
	}
}

func output(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func number(n int64) *int64 { return &n }

func TestParsersReadWhatTheProgramsPrint(t *testing.T) {
	want := map[string]tally{
		"crr.txt":   {Elapsed: 1000062 * time.Microsecond, Connections: number(48958)},
		"rr.txt":    {Elapsed: 1000049 * time.Microsecond, Requests: number(251312), Bytes: number(35686304)},
		"wrk.txt":   {Elapsed: 1010802 * time.Microsecond, Requests: number(47657), Bytes: number(7053236)},
		"hey.txt":   {Elapsed: 1003094357, Requests: number(9875), Bytes: number(632000), BodyOnly: true},
		"ab.txt":    {Elapsed: time.Second, Requests: number(44039), Bytes: number(6521768)},
		"neper.txt": {Elapsed: 1049688881},
		"redis.txt": {Elapsed: 3951001 * time.Microsecond, Requests: number(50000)},
	}
	for name, parse := range parsers() {
		got, err := parse(output(t, name))
		if err != nil {
			t.Errorf("parse of %s = %v, want no error", name, err)
		}
		got.Elapsed = got.Elapsed.Round(time.Microsecond)
		w := want[name]
		w.Elapsed = w.Elapsed.Round(time.Microsecond)
		if diff := cmp.Diff(w, got); diff != "" {
			t.Errorf("parse of %s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParsersCountWhatWentWrong(t *testing.T) {
	tests := []struct {
		name     string
		parse    func([]byte) (tally, error)
		out      string
		requests int64
		bad      int64
	}{
		{"wrk counts an answer above 399 as a request, and errors beside", parseWrk,
			`{"microseconds":1000000,"requests":100,"bytes":1,"errors":3,"status":10}`, 90, 13},
		{"hey counts what failed as a request", parseHey,
			`{"seconds":1,"requests":100,"bytes":1,"statuses":{"200":80,"503":15},"errors":{"refused":5}}`, 80, 20},
		{"ab tells of other answers only when there are any", parseAB,
			"Time taken for tests:   1.000 seconds\nComplete requests:      100\nFailed requests: " +
				"       2\n   (Connect: 0, Receive: 0, Length: 2, Exceptions: 0)\nNon-2xx responses: " +
				"     7\nTotal transferred:      5 bytes\n", 100, 9},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.parse([]byte(tt.out))
			if err != nil {
				t.Fatalf("parse = %v, want no error", err)
			}
			if *got.Requests != tt.requests || got.Bad != tt.bad {
				t.Errorf("parse = %d requests, %d bad; want %d, %d", *got.Requests, got.Bad, tt.requests, tt.bad)
			}
		})
	}
}

func TestParsersRefuseWhatIsNoReport(t *testing.T) {
	tests := []struct {
		name  string
		parse func([]byte) (tally, error)
		out   string
	}{
		{"crr that ran for no time", parseCRR, `{"connections":1,"seconds":0}`},
		{"rr with requests below 0", parseRR, `{"requests":-1,"bytes":1,"seconds":1}`},
		{"rr that ran for no time", parseRR, `{"requests":1,"bytes":1,"seconds":0}`},
		{"crr with connections below 0", parseCRR, `{"connections":-1,"seconds":1}`},
		{"wrk without the script's line", parseWrk, "Requests/sec:  47147.71\n"},
		{"wrk with more bad answers than answers", parseWrk, `{"microseconds":1,"requests":1,"status":2}`},
		{"hey with fewer requests than answers", parseHey, `{"seconds":1,"requests":1,"statuses":{"200":2}}`},
		{"ab without its bytes", parseAB,
			"Time taken for tests: 1 seconds\nComplete requests: 1\nFailed requests: 0\n"},
		{"neper that ended before it began", parseNeper, "time_start=2\ntime_end=1\n"},
		{"neper with a time that is no number", parseNeper, "time_start=0\ntime_end=NaN\n"},
		{"redis-benchmark at no rate", parseRedisBenchmark,
			"  5 requests completed in 0.00 seconds\n  throughput summary: 0.00 requests per second\n"},
		{"redis-benchmark without its summary", parseRedisBenchmark, "  5 requests completed in 0.00 seconds\n"},
		{"nothing at all", parseNeper, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := tt.parse([]byte(tt.out)); err == nil {
				t.Errorf("parse = %+v, want an error", got)
			}
		})
	}
}

func FuzzParsers(f *testing.F) {
	for name := range parsers() {
		f.Add(output(f, name))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		for name, parse := range parsers() {
			got, err := parse(out)
			if err != nil {
				continue
			}
			if got.Elapsed <= 0 || got.Bad < 0 {
				t.Errorf("parse of %s = %v elapsed, %d bad; want more than none, "+
					"and none below 0", name, got.Elapsed, got.Bad)
			}
			for _, n := range []*int64{got.Connections, got.Requests, got.Bytes} {
				if n != nil && *n < 0 {
					t.Errorf("parse of %s has a count of %d, want none below 0", name, *n)
				}
			}
		}
	})
}

func FuzzListens(f *testing.F) {
	f.Add("  sl  local_address rem_address   st\n   0: 00000000:1B58 00000000:0000 0A 0\n", uint16(7000))
	f.Fuzz(func(t *testing.T, table string, port uint16) {
		if listens(table, port) && !strings.Contains(table, fmt.Sprintf(":%04X", port)) {
			t.Errorf("listens(%q, %d) = true, and the port is not in it", table, port)
		}
	})
}

func TestListens(t *testing.T) {
	table := "  sl  local_address rem_address   st tx_queue\n" +
		"   0: 00000000:1B58 00000000:0000 0A 00000000\n" +
		"   1: 010013C6:1F90 010012C6:9CC6 01 00000000\n"
	tests := []struct {
		name string
		port uint16
		want bool
	}{
		{"a listener on the port", 7000, true},
		{"a connection on the port is no listener", 8080, false},
		{"nothing on the port", 1, false},
	}
	for _, tt := range tests {
		if got := listens(table, tt.port); got != tt.want {
			t.Errorf("%s: listens(%d) = %v, want %v", tt.name, tt.port, got, tt.want)
		}
	}
}
