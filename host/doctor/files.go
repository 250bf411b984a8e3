package doctor

import (
	"fmt"
	"math"
	"strings"

	"tcpbench/law/capacity"
)

// files holds connections open at a time only: a TIME_WAIT is no open file. They are those of
// a subject, if it is not nil.
func files(have Files, of *Subject, q Question) Limit {
	l := Limit{
		Name: "open files", Value: int64(have.Soft), Counts: countedBy(of),
		HoldSeconds: q.Open.Seconds(),
		Effect:      "socket(2) and accept(2) fail with EMFILE",
	}
	need := uint64(math.Ceil(q.Rate*q.Open.Seconds())) + 64
	if need > have.Soft {
		change := filesRemedy(have, need)
		if of != nil {
			change = of.whereFiles(have, need)
		}
		l.Remedies = []capacity.Remedy{{Change: change, Price: "memory of the programs that open so many"}}
	}
	return l
}

// countedBy is what has so many files.
func countedBy(of *Subject) string {
	if of != nil {
		return fmt.Sprintf("of process %d (prlimit --pid %d)", of.PID, of.PID)
	}
	return "of each process started from here (ulimit -n)"
}

func filesRemedy(have Files, need uint64) string {
	if !have.above(need) {
		return fmt.Sprintf("ulimit -n %d in the shell, or LimitNOFILE= of a systemd unit", need)
	}
	return fmt.Sprintf("as root: ulimit -Hn %d, nofile in /etc/security/limits.conf, "+
		"or LimitNOFILE= of a systemd unit; fs.nr_open bounds it", need)
}

// above reports whether so many take a higher hard limit.
func (f Files) above(need uint64) bool { return f.Hard != 0 && need > f.Hard }

// whereFiles says where the limit of open files is to be raised for the subject: by what
// started it. A pod's spec has no field for it.
func (s Subject) whereFiles(have Files, need uint64) string {
	switch {
	case s.Pod != "":
		return fmt.Sprintf("on the node: LimitNOFILE=%d of %s, then new containers: "+
			"a pod's spec has no field for it", need, runtimeUnit(s.Runtime))
	case s.Container != "" && (s.Runtime == "docker" || s.Runtime == "podman"):
		return fmt.Sprintf("a new container: %s run --ulimit nofile=%d", s.Runtime, need)
	case s.Container != "":
		return fmt.Sprintf("a new container, with --ulimit nofile=%d or what its runtime has for it", need)
	case strings.HasSuffix(s.Unit, ".service"):
		return fmt.Sprintf("LimitNOFILE=%d of %s (%s edit), then restart it", need, s.Unit, s.systemctl())
	case have.above(need):
		return fmt.Sprintf("as root: prlimit --pid %d --nofile=%d:%d, and nofile in /etc/security/limits.conf "+
			"for what logs in later; fs.nr_open bounds it", s.PID, need, need)
	default:
		return fmt.Sprintf("prlimit --pid %d --nofile=%d:, or ulimit -n in the shell that starts it", s.PID, need)
	}
}

// runtimeUnit is the unit of systemd whose limits the containers of a pod inherit.
func runtimeUnit(runtime string) string {
	switch runtime {
	case "containerd", "docker":
		return runtime + ".service"
	case "cri-o":
		return "crio.service"
	default:
		return "the unit of the container runtime (containerd.service, crio.service)"
	}
}

// systemctl is the command for the subject's unit, which may be one of a user's own.
func (s Subject) systemctl() string {
	if strings.Contains(strings.TrimSuffix(s.Cgroup, s.Unit), "/user@") {
		return "systemctl --user"
	}
	return "systemctl"
}
