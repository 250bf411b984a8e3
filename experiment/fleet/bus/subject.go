package bus

import (
	"fmt"
	"strings"
)

// Subjects of all agents: what the coordinator says to each of them, and, for it to
// subscribe to, what any of them says.
const (
	ToAll   = "tcpbench.all"
	FromAll = fromPrefix + "*"
)

const (
	toPrefix   = "tcpbench.to."
	fromPrefix = "tcpbench.from."
)

// ToAgent is the subject of what the coordinator says to an agent.
func ToAgent(name string) string { return toPrefix + name }

// FromAgent is the subject of what an agent says.
func FromAgent(name string) string { return fromPrefix + name }

// Sender is the agent that speaks on a subject; not ok where that is no agent's.
func Sender(subject string) (name string, ok bool) {
	name, ok = strings.CutPrefix(subject, fromPrefix)
	if !ok || ValidName(name) != nil {
		return "", false
	}
	return name, true
}

// longestName is that of a label of a host name and a bit more; it is also what a
// certificate takes for a name (ub-common-name, RFC 5280).
const longestName = 64

// ValidName says what is wrong with the name of an agent, which is 1 to 64 letters of
// ASCII, digits, - and _.
func ValidName(name string) error {
	if name == "" {
		return fmt.Errorf("an agent's name is empty; give it 1 to %d letters, digits, - or _", longestName)
	}
	if len(name) > longestName {
		return fmt.Errorf("agent %.20q...: its name has %d bytes, more than %d", name, len(name), longestName)
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return !inName(r) }); i >= 0 {
		return fmt.Errorf("agent %q: a name has letters, digits, - and _ only", name)
	}
	return nil
}

func inName(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// NameOf makes an agent's name of that of its host: what a name cannot have, a dot for
// one, becomes -, and what is too much is cut off.
func NameOf(hostname string) string {
	name := strings.Map(func(r rune) rune {
		if inName(r) {
			return r
		}
		return '-'
	}, hostname)
	if name == "" {
		return "agent"
	}
	return name[:min(len(name), longestName)]
}
