package exhaustion

import (
	"fmt"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// holder is a TCP state in which connections hold ports.
type holder struct {
	state string
	// means says what they wait for, {opener} being whose ports they are and {peer} the
	// other end, until for how long each holds its port.
	means string
	until func(Facts) string
	// held is for how long, where that is a time; nil or 0 where it is not.
	held func(Facts) time.Duration
	// cure is what ends the wait, and frees ports without more of them.
	cure func(Facts) []capacity.Remedy
}

// holders are the states in which the law does not expect them, a row each.
func holders() []holder {
	return []holder{
		{"SYN_SENT", "no answer to the SYN", untilTimeout, timeout, answerSYN},
		{"ESTABLISHED", "open", text("as long as it is open"), nil, fewer},
		{"FIN_WAIT_1", "no ACK of the {opener}'s FIN", untilRetries, nil, ackFIN},
		{"FIN_WAIT_2", "closed by the {opener}, and not yet by {peer}", untilFinTimeout, finTimeout, serverFIN},
		{"CLOSE_WAIT", "closed by {peer}, and not yet by the {opener}", text("as long as it is open"), nil, fewer},
		{"LAST_ACK", "no ACK of the {opener}'s FIN", untilRetries, nil, ackFIN},
		{"CLOSING", "no ACK of the {opener}'s FIN", untilRetries, nil, ackFIN},
		{"LISTEN", "listening sockets of this host", text("as long as it listens"), nil, reserve},
		{"BOUND", "bound by programs of this host", text("as long as its socket is open"), nil, reserve},
	}
}

// holder is what held most of the ports, where that is not what the law expects.
func (f Facts) holder() (holder, bool) {
	if f.Finding.Outcome != Exhausted || f.Finding.Evidence == nil {
		return holder{}, false
	}
	state, _ := f.most()
	e := f.Finding.Evidence
	if state == "SYN_SENT" && f.Finding.Elsewhere() == "" && 2*unanswered(f.Errors) < int64(e.States[state]) {
		return holder{state, "its answer was on the way", text("as long as it is open"), nil, fewer}, true
	}
	if others := f.others(); others > 0 && kind(state) == open {
		return holder{state, fmt.Sprintf("open, at least %d of them not this run's", others),
			text("as long as it is open"), nil, foreign}, true
	}
	if state == "FIN_WAIT_2" && f.Settings.ServerOpen {
		return holder{}, false
	}
	for _, h := range holders() {
		if h.state == state {
			if state == "FIN_WAIT_2" && f.Loses {
				h.means = "closed by the {opener}, and the server's FIN has not come"
			}
			return h, true
		}
	}
	return holder{}, false
}

// most is the state that held the most ports, and how many.
func (f Facts) most() (state string, n int) {
	if f.Finding.Elsewhere() != "" { // how many are in flight there is not known
		return f.Finding.Evidence.most()
	}
	return f.Finding.Evidence.mostBeside(f.Settings.InFlight, f.left().AtLeast())
}

// HeldAs reports whether most of the ports that ran out were held by closed connections
// as the law counts them, where so many may be in flight, of so many ports: in TIME_WAIT, or
// where the server keeps its end open in FIN_WAIT_2. Without evidence nothing speaks against
// it.
func (f *Finding) HeldAs(serverOpen bool, inFlight int, ports int64) bool {
	if f.Evidence == nil || len(f.Evidence.States) == 0 {
		return true
	}
	state, _ := f.Evidence.mostBeside(inFlight, ports)
	return state == timeWait || state == "FIN_WAIT_2" && serverOpen
}

// unanswered counts SYNs without an answer.
func unanswered(errors map[string]int64) int64 {
	return errors["connect: TIMEOUT"] + errors["connect: ETIMEDOUT"]
}

// time is how long each port is held; 0 is not known.
func (h holder) time(f Facts) time.Duration {
	if h.held == nil {
		return 0
	}
	return h.held(f)
}

// found says what held the ports instead of what the law expects.
func (h holder) found(f Facts) string {
	e := f.Finding.Evidence
	_, n := f.most()
	s := fmt.Sprintf("%d of %s were held in %s (%s), each %s", n, figure.Plural(e.Capacity, "port"), h.state,
		strings.NewReplacer("{opener}", f.opener(), "{peer}", f.otherEnd()).Replace(h.means), h.until(f))
	hold := f.Settings.Hold()
	if h.closes(f) && kind(h.state) == open {
		return s + fmt.Sprintf(", and for %s after it is closed", figure.Seconds(hold.Seconds()))
	}
	if hold > 0 && f.Use != Held && h.state != "FIN_WAIT_2" {
		s += fmt.Sprintf(", and not in TIME_WAIT for %s", figure.Seconds(hold.Seconds()))
	}
	return s
}

// enough is what the ports are enough for while that goes on.
func (h holder) enough(f Facts) string {
	n := f.left().AtLeast()
	if n == 0 {
		return "Of so few ports no connection finds one for sure."
	}
	if fin := f.Settings.FinTimeout; h.state == "FIN_WAIT_2" && !f.AwaitsFIN && fin > 0 {
		late := fin + capacity.TimeWait
		return fmt.Sprintf("As long as that goes on, these ports are enough for %s connections/s where the server "+
			"closes late (%s / %s), and for %s/s where it never does (/ %s).", figure.Limit(float64(n)/late.Seconds()),
			figure.Plural(n, "port"), figure.Seconds(late.Seconds()), figure.Limit(float64(n)/fin.Seconds()),
			figure.Seconds(fin.Seconds()))
	}
	if held := h.time(f); held > 0 {
		return fmt.Sprintf("As long as that goes on, these ports are enough for %s connections/s: %s / %s.",
			figure.Limit(float64(n)/held.Seconds()), figure.Plural(n, "port"), figure.Seconds(held.Seconds()))
	}
	s := fmt.Sprintf("These ports can hold %s at a time", figure.Plural(n, "connection"))
	if h.closes(f) {
		s += "; of connections that are closed again, these settings " + capacity.Predict(f.beside()).Sum()
	}
	return s + "."
}

// closes reports whether connections hold ports after that, too, as the law says: each is
// closed after one request, those that were open as those that the sockets of others leave
// a port.
func (h holder) closes(f Facts) bool {
	n := f.left().AtLeast()
	if f.Use != OneRequest || f.Settings.Hold() == 0 || n == 0 {
		return false
	}
	answered := h.state == "ESTABLISHED" || h.state == "SYN_SENT" && h.held == nil
	return kind(h.state) == bound || answered && (int64(f.Settings.InFlight) >= n || f.others() > 0)
}

// remedies are what helps against it: no setting lets the kernel take over a port
// that is not in TIME_WAIT. Where connections are closed again, fewer of them at a time
// run out of ports as well.
func (h holder) remedies(f Facts) []capacity.Remedy {
	if !h.closes(f) {
		return append(h.cure(f), capacity.Room(f.left(), h.time(f))...)
	}
	var out []capacity.Remedy
	if kind(h.state) == bound || f.others() > 0 {
		out = h.cure(f)
	}
	return append(out, capacity.Remedies(f.beside(), f.Opener)...)
}

// others counts the open connections that are not this run's, at least; 0 where it is
// not known. A library may open more than there are requests in flight.
func (f Facts) others() int {
	if f.Before == 0 || f.Finding.Elsewhere() != "" || f.Program != nil {
		return 0
	}
	own := int(*f.Finding.AfterConnections)
	if !f.Settings.NoBind {
		own = min(own, f.Settings.InFlight)
	}
	return max(min(f.Finding.Evidence.kinds()[open]-own, f.Before), 0)
}

// beside are the settings that are left beside the connections of others.
func (f Facts) beside() capacity.Settings {
	s := f.left()
	s.InFlight += f.others()
	return s
}

// left are the settings with the ports that connections can have, and for how long each
// waits for the server: what is bound is passed over, whatever the source and the
// destination (__inet_hash_connect).
func (f Facts) left() capacity.Settings {
	s, e := f.Settings, f.Finding.Evidence
	if e == nil || f.Finding.Outcome != Exhausted {
		return s
	}
	if taken := e.States["LISTEN"] + e.States["BOUND"]; taken > 0 {
		s.Ports = max(s.Ports-taken, 0)
		s.Barred += taken
	}
	s.LateFIN = f.lateFIN(s)
	return s
}

func text(s string) func(Facts) string { return func(Facts) string { return s } }

func timeout(f Facts) time.Duration { return f.Timeout }

func untilTimeout(f Facts) string {
	if f.Timeout == 0 {
		return fmt.Sprintf("until its answer, or connect's timeout in the %s's program", f.opener())
	}
	return fmt.Sprintf("until connect's --timeout (%s)", figure.Seconds(f.Timeout.Seconds()))
}

// lateFIN is how long the server's FIN, or its ACK, takes at most: as long as those that
// wait for it needed to come (Little's law), and one more; 0 where none waits.
func (f Facts) lateFIN(s capacity.Settings) time.Duration {
	e := f.Finding.Evidence
	if f.Finding.Elsewhere() != "" {
		return 0
	}
	n := 0
	for state, ports := range e.Later {
		if state != timeWait {
			n += ports
		}
	}
	came, at := float64(*f.Finding.AfterConnections), *f.Finding.AfterSeconds
	if n == 0 || came == 0 {
		return 0
	}
	if at <= 0 || e.Later[timeWait] == 0 { // in the warm-up, or none has waited to the end
		return anyTime
	}
	of := float64(s.Tuples()) / float64(max(s.Ports, 1)) // pairs
	return time.Duration(min(float64(n+1)*of*at/came, anyTime.Seconds()) * float64(time.Second))
}

// anyTime is as long as can be: the kernel waits no longer than for tcp_fin_timeout.
const anyTime = 24 * time.Hour

// finTimeout is that of a socket which its program has closed, and a TIME_WAIT's that may
// follow: the server may close at its last moment. One that waits for the server's FIN
// before it closes gives up at --timeout, and then the one and the other may follow.
func finTimeout(f Facts) time.Duration {
	half := f.Settings
	half.ServerOpen = true
	ended := capacity.Settings{HZ: f.Settings.HZ}.HoldMax()
	if f.AwaitsFIN {
		return f.Timeout + half.HoldMax() + ended
	}
	return half.HoldMax() + ended
}

func untilFinTimeout(f Facts) string {
	if f.AwaitsFIN {
		return fmt.Sprintf("until the server closes, and then in TIME_WAIT, or for --timeout (%s) and after it for "+
			"tcp_fin_timeout (%s)", figure.Seconds(f.Timeout.Seconds()),
			figure.Seconds(f.Settings.FinTimeout.Seconds()))
	}
	return fmt.Sprintf("until %s closes, and then in TIME_WAIT, or for tcp_fin_timeout (%s)", f.otherEnd(),
		figure.Seconds(f.Settings.FinTimeout.Seconds()))
}

func untilRetries(Facts) string {
	return "until it is acknowledged, or the kernel gives up (net.ipv4.tcp_orphan_retries)"
}
