package capacity

import (
	"fmt"
	"path"
	"strings"

	"tcpbench/internal/figure"
)

// Program is one that opens connections and is not this tool: what it does is
// changed in its configuration, and on its host.
type Program struct {
	// Host is where it runs, by its name in a lab: "proxy".
	Host string

	// name is that of its command, and says what is in each line in which it says that
	// it found no port; keep, fewer, sources, destinations and reset
	// are what its configuration has for connections that are kept open, for %d of
	// them at a time, for several addresses on either side, and for a close with
	// RST; "" where that is not known.
	name, says, keep, fewer, sources, destinations, reset string
}

// programs are those whose configuration is known, a row each. The last one stands
// for all others.
func programs() []Program {
	return []Program{
		{name: "php-fpm", says: "PHP ",
			keep: "persistent connections, as `pconnect` of Redis, `PDO::ATTR_PERSISTENT`, `p:` before a mysqli " +
				"host",
			fewer: "`pm.max_children` of %d at most, where a script opens one of them"},
		{name: "nginx", says: "while connecting to upstream",
			keep: "`keepalive %d;` in the upstream, and with proxy_pass `proxy_http_version 1.1;` and " +
				"`proxy_set_header Connection \"\";`, with fastcgi_pass `fastcgi_keep_conn on;`",
			fewer:        "`max_conns=%d` at the server of the upstream, in one worker process",
			sources:      "`proxy_bind` with a variable of `split_clients`",
			destinations: "a `server` line in the upstream for each"},
		{name: "haproxy", says: " for backend ",
			keep: "`mode http` with `http-reuse always`, and without `option http-server-close` and " +
				"`option httpclose`; in `mode tcp` each connection of a client has one of its own",
			fewer:        "`maxconn %d` at the server line",
			sources:      "a server line with a `source` for each",
			destinations: "a server line for each",
			reset:        "`option nolinger` in the backend"},
		{keep: "its pool of connections, or upstream keepalive"},
	}
}

// ProgramOf is the program that a command starts on a host.
func ProgramOf(host string, command []string) *Program {
	words := strings.Fields(strings.Join(command, " "))
	all := programs()
	found := all[len(all)-1]
	for _, p := range all[:len(all)-1] {
		for _, w := range words {
			if path.Base(w) == p.name {
				found = p
			}
		}
	}
	found.Host = host
	return &found
}

// WhichSaid is the program of p's host that wrote a line in which it says that it found no
// port: a command may start several. One that is not known is any other.
func (p *Program) WhichSaid(line string) *Program {
	if p == nil || line == "" || p.says != "" && strings.Contains(line, p.says) {
		return p
	}
	all := programs()
	found := all[len(all)-1]
	for _, one := range all[:len(all)-1] {
		if strings.Contains(line, one.says) {
			found = one
		}
	}
	found.Host = p.Host
	return &found
}

// Fewer is how to keep no more than n connections open at a time.
func (p *Program) Fewer(n int64) string {
	return fmt.Sprintf("keep no more than %s open at a time%s", figure.Plural(n, "connection"), p.in(p.fewer, n))
}

// way is how the program does what this tool does by a flag; "" is none.
func (s Settings) way(flag string, of func(*Program) string, n ...any) string {
	switch {
	case s.Program != nil:
		return s.Program.in(of(s.Program), n...)
	case flag == "":
		return ""
	}
	return " (" + flag + ")"
}

// in is a part of its configuration, for the end of a sentence.
func (p *Program) in(part string, n ...any) string {
	switch {
	case part == "":
		return ""
	case strings.Contains(part, "%d"):
		part = fmt.Sprintf(part, n...)
	}
	if p.name == "" {
		return ": " + part
	}
	return fmt.Sprintf(" (%s: %s)", p.name, part)
}
