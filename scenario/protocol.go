package scenario

import (
	"fmt"
	"slices"
)

// The protocols of the embedded server.
const (
	ServerEcho  = "echo"
	ServerHTTP  = "http"
	ServerHTTPS = "https"
)

// Protocol is what the embedded server speaks, and what it can do then.
type Protocol struct {
	Name string
	// Help is what the name does not say.
	Help string
	// Scheme is that of its targets.
	Scheme string
	// CountsAnswers: its requests have no words to ask for a close, so the server
	// ends a connection after a number of answers that it knows.
	CountsAnswers bool
	// KeepsOpen: the server can leave its end open after the client's FIN.
	KeepsOpen bool
	// Refuses: the server can close instead of answering.
	Refuses bool
	// LeavesClose: the server can leave it to the client to close after the last
	// answer.
	LeavesClose bool
	// Threads: it runs on as many threads as it is told, not on those of Go.
	Threads bool
	// CountsBytes: it sees every byte that the client counts, not bodies alone.
	CountsBytes bool
}

// Protocols is the table of all protocols, the default first. What answers in
// each is in package lab/target.
func Protocols() []Protocol {
	return []Protocol{
		{Name: ServerEcho, Scheme: SchemeTCP, CountsAnswers: true, KeepsOpen: true, Refuses: true,
			Threads: true, CountsBytes: true},
		{Name: ServerHTTP, Scheme: SchemeHTTP, KeepsOpen: true, Refuses: true, Threads: true,
			CountsBytes: true, LeavesClose: true},
		{Name: ServerHTTPS, Scheme: SchemeHTTPS, Help: "with a certificate that it makes and signs itself"},
	}
}

func (p Protocol) row() (name, help string) { return p.Name, p.Help }

// TLS reports whether it is spoken over TLS.
func (p Protocol) TLS() bool {
	s, _ := SchemeNamed(p.Scheme) // every protocol has one
	return s.TLS
}

// ProtocolNamed is the protocol of a name; one that there is not is an error.
func ProtocolNamed(name string) (Protocol, error) { return find(Protocols(), name) }

// ProtocolFor is the first protocol of a scheme's targets; the zero value where
// there is none.
func ProtocolFor(scheme string) Protocol {
	all := Protocols()
	if i := slices.IndexFunc(all, func(p Protocol) bool { return p.Scheme == scheme }); i >= 0 {
		return all[i]
	}
	return Protocol{}
}

// checkProtocol refuses what the embedded server does not speak.
func checkProtocol(name string) error {
	if _, err := ProtocolNamed(name); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}
