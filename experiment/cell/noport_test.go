package cell

import (
	"testing"

	"tcpbench/results"
)

func TestLinesThatSayThatAConnectFoundNoPort(t *testing.T) {
	none := noPort{}
	connect, bind := noPort{Call: "connect", Errno: "EADDRNOTAVAIL"}, noPort{Call: "bind", Errno: "EADDRINUSE"}
	weak := noPort{Call: "bind", Errno: "EADDRINUSE", Weak: true}
	tests := []struct {
		name, line string
		want       noPort
	}{
		{"nginx", `[crit] connect() to 198.19.0.1 failed (99: Cannot assign requested address) while connecting to ` +
			`upstream, client: 198.18.0.1, request: "GET / HTTP/1.1", upstream: "http://198.19.0.1/"`, connect},
		{"nginx before php-fpm", `[crit] connect() to 127.0.0.1 failed (99: Cannot assign requested address) while ` +
			`connecting to upstream, client: 198.18.0.1, upstream: "fastcgi://127.0.0.1"`, connect},
		{"nginx of Alpine", `[crit] connect() to 198.19.0.1 failed (99: Address not available) while connecting to ` +
			`upstream`, connect},
		{"nginx with proxy_bind", `[crit] bind(198.19.1.1) failed (98: Address already in use) while connecting to ` +
			`upstream`, bind},
		{"haproxy", "Connect() failed for backend back: no free ports.", connect},
		{"haproxy with a source", "Connect() failed for backend back: local address already in use.", bind},
		{"haproxy with a range of its own", "[ALERT] Cannot bind to source address before connect() for backend " +
			"back. Aborting.", bind},
		{"php-fpm", `[pool www] child N said into stderr: "PHP Fatal error:  Uncaught RedisException: Cannot assign ` +
			`requested address in /srv/index.php:N"`, connect},
		{"Go", "http: proxy error: dial tcp 198.19.0.1: connect: cannot assign requested address", connect},
		{"Node.js", "Error: connect EADDRNOTAVAIL 198.19.0.1 - Local (0.0.0.0:0)", connect},
		{"Apache", "[proxy:error] (N)Cannot assign requested address: AH00957: http: attempt to connect to " +
			"198.19.0.1 (198.19.0.1) failed", connect},

		{"an upstream that is dead",
			`[error] connect() failed (111: Connection refused) while connecting to upstream`, none},
		{"an address where another program listens",
			"[emerg] bind() to 0.0.0.0 failed (98: Address already in use)", weak},
		{"Python that binds its source", "OSError: [Errno 98] Address already in use", weak},
		{"Python", "OSError: [Errno 99] Cannot assign requested address", connect},
		{"Java", "java.net.NoRouteToHostException: Cannot assign requested address (Address not available)", connect},
		{"Ruby", "Errno::EADDRNOTAVAIL: Cannot assign requested address - connect(2) for 198.19.0.1:80", connect},
		{"Rust", `Os { code: 99, kind: AddrNotAvailable, message: "Cannot assign requested address" }`, connect},
		{"a kind of Rust's alone", "connect: AddrNotAvailable", connect},
		{".NET", "SocketException: AddressNotAvailable", connect},
		{"Erlang", "{error,eaddrnotavail}", connect},
		{"redis-benchmark", "Could not connect to Redis at 198.19.0.1:6379: Cannot assign requested address", connect},
		{"a full queue", "[alert] N worker_connections are not enough while connecting to upstream", none},
		{"nothing of it", "GET / 200", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got noPort
			if p := saysNoPort(kindOf(tt.line)); p != nil {
				got = *p
			}
			if got != tt.want {
				t.Errorf("saysNoPort(%q) = %v, want %v", tt.line, got, tt.want)
			}
		})
	}
}

func TestEveryLineThatSaysItIsTold(t *testing.T) {
	var told []string
	s := said{noPort: func(text string, what noPort) { told = append(told, text+" "+what.Errno) }}
	for _, line := range []string{"no free ports 1\n", "all is well\n", "no free", " ports 2\n"} {
		if _, err := s.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if len(told) != 2 || told[0] != "no free ports N EADDRNOTAVAIL" || told[1] != told[0] {
		t.Errorf("told %q, want the same line twice", told)
	}
}

// What a server says of ports of its own is told; what it says else is not.
func TestAServerThatFindsNoPortIsToldOf(t *testing.T) {
	said := []results.Said{{Text: "listening", Count: 1},
		{Text: "backend: [Errno N] Cannot assign requested address", Count: 6045}}
	const want = `the server said "backend: [Errno N] Cannot assign requested address" (6045 times), which is what a ` +
		"program says that finds no port for a connection of its own: its ports are not watched, and what it " +
		"answered then is of that"
	if got := serverPorts(said); len(got) != 1 || got[0].Code != "server-ports" || got[0].Text != want {
		t.Errorf("serverPorts() = %v, want %q", got, want)
	}
	busy := []results.Said{{Text: "bind(): Address already in use", Count: 1}} // of a port that it listens on
	if got := serverPorts(append(busy, said[:1]...)); got != nil {
		t.Errorf("serverPorts() = %v of a server that says nothing of ports, want nothing", got)
	}
}
