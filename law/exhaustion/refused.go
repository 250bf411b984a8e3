package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// refused tells of a run without a connection, or that was to run out of ports,
// where a failure that looks like exhaustion was none.
func refused(f Facts) string {
	r := f.Finding.Refused
	s := fmt.Sprintf("Failed: %s towards %s failed with %s, and not for lack of a port", callName(r.Call), r.Target,
		errnoText(r.Errno))
	if e := f.Finding.Evidence; e != nil {
		s += fmt.Sprintf(": %d of %s were in use", e.PortsInUse, figure.Plural(e.Capacity, "port"))
	}
	return s + "; " + r.means() + "."
}

// refusedAll reports whether that is what there is to say of the run.
func (f Facts) refusedAll() bool {
	return f.Finding.Refused != nil && f.Finding.Outcome != Exhausted && (f.Aimed || f.Succeeded == 0)
}

// key is the name under which the failure is counted.
func (r *Refusal) key() string { return r.Call + ": " + r.Errno }

// means says what the failure is and what to do.
func (r *Refusal) means() string {
	switch r.Cause {
	case NoIPv6:
		return fmt.Sprintf("IPv6 is switched off on this host (%s=1): name the target by its IPv4 address, or "+
			"sysctl -w %s=0", r.Sysctl, r.Sysctl)
	case NoSource:
		return "this host has no address from which the target can be reached: give it one of the target's kind " +
			"(`ip address` lists those that it has), or name another --source or target"
	default:
		return "what kept the kernel from a port is not known: another program may hold ports by bind(2) without a " +
			"connection, which the kernel lists since Linux 6.8, or an address was gone for a moment"
	}
}
