package lawtest

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Do is s after what a sentence says that offers a change, in the words that one
// would type: `sysctl -w`, options of `run`, and what a server or the programs of
// the host are to do. It reports false where it finds none of these.
func (s Setup) Do(sentence string) (Setup, bool) {
	did := false
	commands := strings.Split(sentence, "sysctl -w ")
	for i, c := range commands[1:] {
		there := strings.HasSuffix(commands[i], "on the server ")
		for name, value := range assignments(c) {
			if there {
				s.ServerSysctls = map[string]string{name: value}
			} else {
				s = s.with(name, value)
			}
			did = true
		}
	}
	words := strings.Fields(sentence)
	for i, w := range words {
		if name, ok := strings.CutPrefix(strings.TrimLeft(w, "("), "--"); ok {
			value := strings.TrimRight(strings.Join(words[i+1:min(i+2, len(words))], ""), ")")
			did = s.option(strings.TrimRight(name, ")"), value) || did
		}
	}
	return s, s.prose(sentence) || did
}

// with is s with a sysctl of the client's host.
func (s Setup) with(name, value string) Setup {
	s.Sysctls = maps.Clone(s.Sysctls)
	if s.Sysctls == nil {
		s.Sysctls = map[string]string{}
	}
	s.Sysctls[name] = value
	return s
}

// assignments are those that a command begins with: `net.ipv4.a=1 net.ipv4.b="2 3"`.
func assignments(command string) map[string]string {
	out := map[string]string{}
	for {
		rest, ok := strings.CutPrefix(strings.TrimLeft(command, " "), "net.ipv4.")
		if !ok {
			return out
		}
		name, value, _ := strings.Cut(rest, "=")
		end := strings.IndexAny(value+" ", " ,")
		if quoted, ok := strings.CutPrefix(value, `"`); ok {
			end = strings.Index(quoted, `"`) + 2
		}
		out[name], command = strings.Trim(value[:end], `"`), value[end:]
	}
}

// option sets one; false where the model has none of that name.
func (s *Setup) option(name, value string) bool {
	n, _ := strconv.Atoi(value)
	switch name {
	case "source":
		s.Source, s.BindNoPort = n, true
	case "destinations":
		s.Destinations = n
	case "bind-no-port":
		s.BindNoPort = true
	case "close":
		s.Close, s.Linger0, s.ServerClose = value, false, "eof"
	case "linger":
		s.Linger0, s.Close = true, "client"
	case "port-select":
		s.Walk = true
	case "mode":
		s.Keepalive, s.Requests = true, 0
	case "requests-per-conn":
		s.Requests = n
	case "concurrency":
		s.Concurrency = n
	case "timeout":
		s.Timeout, _ = time.ParseDuration(value)
	default:
		return false
	}
	return true
}

// prose does what has no command.
func (s *Setup) prose(sentence string) bool {
	switch {
	case strings.HasPrefix(sentence, "let the server close its end"):
		s.ServerClose = "eof"
	case strings.HasPrefix(sentence, "move what listens or binds ports out of"):
		s.Listeners = nil
	case strings.HasPrefix(sentence, "widen IP_LOCAL_PORT_RANGE"):
		_, to, _ := strings.Cut(sentence, "ip_local_port_range to ")
		lo, hi, _ := strings.Cut(to, "-")
		*s = s.with("ip_local_port_range", lo+" "+hi)
		fmt.Sscan(lo+" "+hi, &s.SourcePorts[0], &s.SourcePorts[1])
	default:
		return false
	}
	return true
}
