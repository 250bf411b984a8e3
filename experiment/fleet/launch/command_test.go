package launch

import (
	"slices"
	"strings"
	"testing"

	"tcpbench/internal/fault"
)

func TestTheCommandOfAHost(t *testing.T) {
	base := Options{Hosts: []string{"user@web-1.example"}, Port: 4222, NATS: "nats://127.0.0.1:4222",
		Targets: []string{"10.0.0.9/32", "fd00::/8"}}
	with := func(command string) Options { o := base; o.Command = command; return o }
	copied := base
	copied.Programs = map[string]string{"user@web-1.example": ".cache/x/tcpbench"}
	tests := []struct {
		name string
		o    Options
		want string // words, with | between them
	}{
		{"by default it is ssh", base, "ssh|-o|BatchMode=yes|-o|ExitOnForwardFailure=yes|-R|" +
			"127.0.0.1:4222:127.0.0.1:4222|user@web-1.example|tcpbench|agent|--once|--nats|" +
			"nats://127.0.0.1:4222|--name|web-1-example|" +
			"--allow-target|10.0.0.9/32,fd00::/8"},
		{"what was copied is called by its name", copied, "ssh|-o|BatchMode=yes|-o|ExitOnForwardFailure=yes|-R|" +
			"127.0.0.1:4222:127.0.0.1:4222|user@web-1.example|.cache/x/tcpbench|agent|--once|--nats|" +
			"nats://127.0.0.1:4222|--name|web-1-example|--allow-target|10.0.0.9/32,fd00::/8"},
		{"quotes keep a word together", with(`sh -c 'echo {name} {nats}'`),
			"sh|-c|echo web-1-example nats://127.0.0.1:4222"},
		{"what is no placeholder stays", with("kubectl -o {.a} {A}"), "kubectl|-o|{.a}|{A}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.o.commands()
			if err != nil || strings.Join(got[0], "|") != tt.want {
				t.Errorf("commands() = %s, %v, want %s", strings.Join(slices.Concat(got...), "|"), err, tt.want)
			}
		})
	}
}

func TestWhatCannotBeLaunchedIsRefused(t *testing.T) {
	tests := []struct {
		name string
		o    Options
		want string
	}{
		{"two hosts of one name", Options{Hosts: []string{"web.1", "b", "root@web-1"}},
			"hosts web.1 and root@web-1 are both agent web-1; name each host once"},
		{"a host that ssh would take for an option", Options{Hosts: []string{"-oProxyCommand=x"}},
			`host "-oProxyCommand=x" is none; name one as web-1 or user@web-1`},
		{"no host", Options{}, "there is no host"},
		{"a host that is blank", Options{Hosts: []string{"a", ""}}, `host "" is none; name one as web-1 or user@web-1`},
		{"a placeholder that is none", Options{Hosts: []string{"a"}, Command: "x {hots}"},
			"launch command: {hots} is none of {host}, {name}, {port}, {nats}, {targets}, {tcpbench}"},
		{"no target", Options{Hosts: []string{"a"}},
			"launch command: {targets}: there is no target; an agent on another host needs one"},
		{"two programs", Options{Hosts: []string{"a"}, Command: "x | y"}, "launch command: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.o.commands()
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || fault.Status(err) != fault.StatusUsage {
				t.Errorf("commands() = %v with status %d, want %q with status 2", err, fault.Status(err), tt.want)
			}
		})
	}
}

func TestWhatACommandPrintsIsToldByLines(t *testing.T) {
	var got []string
	l := lines{prefix: "a", tell: func(s string) { got = append(got, s) }}
	for _, part := range []string{"on", "e\r\n\ntw", "o\x1b[31m\n", strings.Repeat("x", longestLine+1), "last"} {
		if n, err := l.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("Write(%.10q) = %d, %v, want %d", part, n, err, len(part))
		}
	}
	l.flush()
	want := []string{"a: one", "a: two?[31m", "a: " + strings.Repeat("x", longestLine), "a: xlast"}
	if !slices.Equal(got, want) || l.last != "xlast" {
		t.Errorf("told %q, last %q, want %q", got, l.last, want)
	}
}
