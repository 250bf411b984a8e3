package agent

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/internal/figure"
	"tcpbench/scenario"
)

// Policy is what an agent's owner permits, whatever a coordinator says.
type Policy struct {
	// Within are the addresses that may be targets. Without any there are none but those of
	// a lab of the agent's own.
	Within []netip.Prefix
	// MaxRate is how many starts a second are planned at most, so that there must be a plan;
	// MaxConnections how many connections are open at a time; MaxDuration how long a load
	// goes on, beside what connections take that it began before. 0 sets no limit.
	MaxRate        float64
	MaxConnections int
	MaxDuration    time.Duration
}

// Permits reports every reason why a spec is not one that the owner permits.
func (p Policy) Permits(s cell.Spec) error {
	w := s.Workload
	fastest := max(w.Rate.From, w.Rate.To)
	errs := []error{
		refuse(runsProgram(s), "an agent runs no program of a coordinator's"),
		refuse(s.Log.Path != "", "an agent writes no file of a coordinator's"),
		refuse(w.Engine == scenario.EngineHey, "engine hey follows redirects, to wherever a server says; "+
			"take another engine"),
		refuse(len(namedFiles(w)) > 0, "an agent reads no file that a coordinator names: %v", namedFiles(w)),
		refuse(!s.Lab() && len(p.Within) == 0, "the agent's owner permits no target; --allow-target CIDR does"),
		refuse(slices.ContainsFunc(s.Targets, isUnix), "a Unix socket is not within the addresses that the agent's "+
			"owner permits"),
		refuse(p.MaxRate > 0 && w.Rate.IsZero(), "the agent's owner permits %s/s at most, and without --rate nothing "+
			"keeps to it", figure.Limit(p.MaxRate)),
		refuse(p.MaxRate > 0 && fastest > p.MaxRate, "its share is %s/s, and the agent's owner permits %s/s at most",
			figure.Number(fastest), figure.Limit(p.MaxRate)),
		refuse(p.MaxConnections > 0 && opens(s) > p.MaxConnections && opens(s) > w.Concurrency, "an HTTP library "+
			"keeps idle connections to each target beside those in use, %d in all, and the agent's owner permits %d "+
			"at most", opens(s), p.MaxConnections),
		refuse(p.MaxConnections > 0 && w.Concurrency > p.MaxConnections, "its share is %d connections, and the "+
			"agent's owner permits %d at most", w.Concurrency, p.MaxConnections),
		refuse(p.MaxDuration > 0 && w.Warmup+w.TimeLimit() > p.MaxDuration, "it is to take %v, and the agent's owner "+
			"permits %v at most", w.Warmup+w.TimeLimit(), p.MaxDuration),
	}
	return fault.Usage(errors.Join(errs...))
}

// mostOfLast is what the last connections of a load may take, whatever timeout a coordinator says.
const mostOfLast = 10 * time.Second

// lasts is after what time a load that is permitted is cut off; 0 is never. One that has an end of
// its own is not on reaching it: its last connections get their time.
func (p Policy) lasts(w scenario.Workload) time.Duration {
	if p.MaxDuration == 0 || w.TimeLimit() == 0 {
		return p.MaxDuration
	}
	return max(p.MaxDuration, w.Warmup+w.TimeLimit()+min(w.Timeout, mostOfLast)+time.Second)
}

// refuse is an error if what is said is so.
func refuse(so bool, format string, args ...any) error {
	if !so {
		return nil
	}
	return fmt.Errorf(format, args...)
}

func isUnix(target string) bool { _, unix := scenario.UnixFile(target); return unix }

// namedFiles are the files that a workload's client would read.
func namedFiles(w scenario.Workload) []string {
	return slices.DeleteFunc([]string{w.CACert, w.Cert, w.Key, w.ServerCert, w.ServerKey,
		w.ServerClientCA}, func(name string) bool { return name == "" })
}

// runsProgram reports whether a spec has a program, or files of one.
func runsProgram(s cell.Spec) bool {
	return slices.ContainsFunc(s.All(), func(p scenario.HostProgram) bool {
		return len(p.Command) > 0 || len(p.Files) > 0 || len(p.Needs) > 0
	})
}

// opens is how many connections a spec may have open at a time.
func opens(s cell.Spec) int {
	if w := s.Workload; w.EngineFor(s.Scheme()).Client {
		return 2 * w.Concurrency * max(len(s.Targets), 1) // it dials ahead
	}
	return s.Workload.Concurrency
}
