package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// Program is one of the user's that is the client, as far as it is seen from outside.
type Program struct {
	// EndedS is when it ended, in seconds since the run began, and How with what: "exit
	// status 1", or a signal.
	EndedS float64
	How    string
	// Stopped tells that the run ended it, and Failed that it ended by itself, with an
	// exit status other than 0 or by a signal.
	Stopped, Failed bool
	// LastLine is the last line that it wrote.
	LastLine string
	// OpenMax is how many connections to a Unix socket were seen open at a time, at most;
	// nil where the target is none.
	OpenMax *int
}

// programFailed says that the client's program did not do what it was started for; "" where
// it did, or where ports ran out, which most programs end with.
func (f Facts) programFailed() string {
	p := f.Program
	if p == nil || f.Finding.Outcome == Exhausted {
		return ""
	}
	switch r := f.Finding.Refused; {
	case f.uncounted() && p.Failed:
		return fmt.Sprintf("Failed: the client's program %s%s.", p.ended(), p.lastly())
	case f.uncounted():
		return ""
	case f.Attempted == 0 && r == nil:
		return fmt.Sprintf("Failed: the client's program opened no connection: it %s%s.", p.ended(), p.lastly())
	case r != nil && (f.Aimed || f.Succeeded == 0):
		e := f.Finding.Evidence
		return fmt.Sprintf("Failed: the client's program said %q, as one does that finds no port, and %d of %s were "+
			"in use towards one address at most: they had not run out. An address that is not there, or a range of "+
			"ports of its own may be the cause.", r.Said, e.PortsInUse, figure.Plural(e.Capacity, "port"))
	case f.Succeeded == 0:
		return fmt.Sprintf("Failed: the client's program opened %s, and the target's host accepted none: %s; it %s%s.",
			figure.Plural(f.Attempted, "connection"), f.whereTo(), p.ended(), p.lastly())
	case p.Failed:
		return fmt.Sprintf("Failed: the client's program %s, after %s%s.", p.ended(),
			figure.Plural(f.Attempted, "connection"), p.lastly())
	default:
		return ""
	}
}

// uncounted reports whether it is not known how many connections there were: the kernel
// does not count those to a Unix socket.
func (f Facts) uncounted() bool { return f.Program != nil && f.Settings.NoPorts }

// onSocket tells of a program's connections to a Unix socket.
func (f Facts) onSocket() string {
	s := "on a Unix socket the client's program took no local port, as it opened no connection of TCP"
	if n := f.Client["TcpActiveOpens"]; n > 0 {
		s = fmt.Sprintf("beside the Unix socket the client's program opened %s of TCP, each of which takes a local "+
			"port", figure.Plural(n, "connection"))
	}
	if n := f.Program.OpenMax; n != nil && *n > 0 {
		s += fmt.Sprintf("; the most that were seen open at a time to the socket: %d", *n)
	}
	return s
}

// whereTo is what became of connections that the target's host did not accept.
func (f Facts) whereTo() string {
	switch n := f.Errors[HandshakeFailed]; n {
	case 0:
		return "they went elsewhere, or had no answer"
	case f.Attempted:
		return "all failed in the handshake"
	default:
		return fmt.Sprintf("%d failed in the handshake, and the others went elsewhere, or had no answer", n)
	}
}

// HandshakeFailed is the name of the failures of which a program's host knows only that
// they were in the handshake (TcpAttemptFails).
const HandshakeFailed = "connect: OTHER"

// ended says how and when.
func (p *Program) ended() string {
	at := "at " + figure.Seconds(p.EndedS)
	if p.Stopped {
		return "was ended with the run, " + at
	}
	return "ended with " + p.How + ", " + at
}

// mostOfLine is how many characters of a program's line a sentence has.
const mostOfLine = 160

// lastly is the last line that it wrote.
func (p *Program) lastly() string {
	if p.LastLine == "" {
		return ""
	}
	line := []rune(p.LastLine)
	if len(line) <= mostOfLine {
		return fmt.Sprintf("; its last line was %q", p.LastLine)
	}
	return fmt.Sprintf("; its last line began with %q", string(line[:mostOfLine]))
}

// programEnded says how the program ended, where it was not the run that ended it.
func (f Facts) programEnded() string {
	if f.Program == nil || f.Program.Stopped {
		return ""
	}
	return fmt.Sprintf("The client's program %s%s.", f.Program.ended(), f.Program.lastly())
}

// notHeard says that there was no failure for lack of a port, as far as that is known.
func (f Facts) notHeard() string {
	switch {
	case f.Program == nil:
		return ", with no failure for lack of a port"
	case f.Finding.Refused != nil:
		return "; ports did not run out, though the client's program said that it found none"
	default:
		return "; ports did not run out, and the client's program was not heard to say that it found none"
	}
}
