package cell

import (
	"fmt"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/exhaustion"
	"tcpbench/results"
)

// noPort is what a line of a program says of a connect that found no port.
type noPort struct {
	Call, Errno string
	// Weak: it is said of other things as often, as of a listener's port, and counts only
	// where no port is free.
	Weak bool
}

// sayNoPort are the words in which programs say it, a row each. With also, both have
// to be in a line: the same errno is that of an address where nothing can listen.
//
// They may be said of other causes, so that they are held against ports in use.
func sayNoPort() []struct {
	words, also string
	noPort
} {
	connect, bind := noPort{Call: "connect", Errno: "EADDRNOTAVAIL"}, noPort{Call: "bind", Errno: "EADDRINUSE"}
	weak := noPort{Call: "bind", Errno: "EADDRINUSE", Weak: true}
	return []struct {
		words, also string
		noPort
	}{
		// strerror(3) of glibc and of musl, which nginx, php-fpm, Apache, Envoy, Python
		// and Java print, and Go in lower case.
		{"cannot assign requested address", "", connect},
		{"address not available", "", connect},
		{"eaddrnotavail", "", connect},       // Node.js, Erlang
		{"addrnotavailable", "", connect},    // Rust
		{"addressnotavailable", "", connect}, // .NET
		// haproxy (tcp_connect_server), of EADDRNOTAVAIL and of its own source ranges.
		{"no free ports", "", connect},
		{"local address already in use", "", bind},
		{"cannot bind to source address before connect()", "", bind},
		// nginx with proxy_bind.
		{"address already in use", "while connecting to upstream", bind},
		// A program that binds its source address without IP_BIND_ADDRESS_NO_PORT.
		{"address already in use", "", weak},
		{"eaddrinuse", "", weak}, // Node.js
	}
}

// saysNoPort is what a line says of it; nil where it is about something else.
func saysNoPort(line string) *noPort {
	line = strings.ToLower(line)
	for _, row := range sayNoPort() {
		if strings.Contains(line, row.words) && strings.Contains(line, row.also) {
			return &row.noPort
		}
	}
	return nil
}

// foundNoPort is what a program said of ports, and what was found on its host.
type foundNoPort struct {
	noPort
	// Said is the line, without what varies.
	Said string `json:"said"`
	// At is when it was said.
	At time.Time `json:"at"`
	// Evidence is what held the ports of the pair with the fewest free ones, and
	// Sources from how many addresses there were connections to the same peer.
	Evidence exhaustion.Evidence `json:"evidence"`
	Sources  int                 `json:"sources"`
	// Opened counts the connects of the host that had obtained a port.
	Opened int64 `json:"opened"`
}

// mostFound is how many of them a process tells: the first with no port free, and
// the first that was said while there were some.
const mostFound = 2

// serverPorts warns of a server on the client's host that says of its own connections, as
// to a database, that they find no port: elsewhere they are watched.
func serverPorts(said []results.Said) []results.Warning {
	for _, s := range said {
		if what := saysNoPort(s.Text); what != nil && !what.Weak {
			return []results.Warning{{Code: "server-ports", Text: fmt.Sprintf("the server said %q (%s), which is "+
				"what a program says that finds no port for a connection of its own: its ports are not watched, and "+
				"what it answered then is of that", s.Text, figure.Plural(s.Count, "time"))}}
		}
	}
	return nil
}
