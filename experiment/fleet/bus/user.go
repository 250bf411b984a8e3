package bus

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// user is who may connect to a hub: an agent, or the coordinator, whose name is empty.
type user struct {
	name string
	nkey string // its public part
}

// coordinatorName is the coordinator's in certificates and lists: no agent's has a dot.
const coordinatorName = "tcpbench.coordinator"

// commonName is the user's in its certificate.
func (u user) commonName() string {
	if u.name == "" {
		return coordinatorName
	}
	return u.name
}

// nameOfCommon is the agent with a certificate, empty for the coordinator.
func nameOfCommon(common string) (string, error) {
	if common == coordinatorName {
		return "", nil
	}
	return common, ValidName(common)
}

// String says who it is.
func (u user) String() string {
	if u.name == "" {
		return "the coordinator"
	}
	return "agent " + u.name
}

// permissions are the subjects of the user, and nothing else.
func (u user) permissions() *server.Permissions {
	say, hear := []string{toPrefix + "*", ToAll}, []string{FromAll}
	if u.name != "" {
		say, hear = []string{FromAgent(u.name)}, []string{ToAgent(u.name), ToAll}
	}
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: say},
		Subscribe: &server.SubjectPermission{Allow: hear},
	}
}

// line is the user in the list of a hub.
func (u user) line() string { return u.commonName() + " " + u.nkey + "\n" }

// parseUsers reads the list of a hub: a line for each user, of its name and the public
// part of its nkey. Of two lines of one name the last counts. What follows the last line's
// end is being written, and left out.
func parseUsers(text []byte) (map[string]user, error) {
	byName := map[string]user{}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		common, nkey, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		name, err := nameOfCommon(common)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if !nkeys.IsValidPublicUserKey(nkey) {
			return nil, fmt.Errorf("line %d: %q is not the public nkey of a user", n, nkey)
		}
		byName[name] = user{name, nkey}
	}
	byKey := make(map[string]user, len(byName))
	for _, u := range byName {
		byKey[u.nkey] = u
	}
	return byKey, nil
}
