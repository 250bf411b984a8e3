package exhaustion

// Outcome is how a run ended with regard to ports.
type Outcome string

// The outcomes.
const (
	// Exhausted: a connection failed for lack of a local port.
	Exhausted Outcome = "exhausted"
	// Sustained: the ports in use stopped growing while connections went on.
	Sustained Outcome = "sustained"
	// Undecided: the run ended before either was seen.
	Undecided Outcome = "undecided"
)

// Known reports whether o is one of the three.
func (o Outcome) Known() bool { return o == Exhausted || o == Sustained || o == Undecided }

// Finding is the measured part of the verdict.
type Finding struct {
	Outcome Outcome `json:"outcome"`

	// Exhausted repeats the outcome for gates and scripts.
	Exhausted bool `json:"exhausted"`

	// Errno and Call name the first failure for lack of a port; absent where Uncertain
	// says why.
	Errno string `json:"errno,omitempty"`
	Call  string `json:"call,omitempty"`

	// AfterConnections counts the connects that had obtained a port before
	// that failure, those in flight and those of the warm-up included. Of a proxy
	// they are all that its host had opened, to whatever address, and of a NAT all that
	// got a port there.
	AfterConnections *int64 `json:"after_connections,omitempty"`

	// AfterSeconds is when it happened, on the clock of the intervals, which
	// begins after the warm-up: below 0 within it.
	AfterSeconds *float64 `json:"after_seconds,omitempty"`

	// RecoveredAfterSeconds is how long after it the next connect obtained a port:
	// of another host than the client up to some 0.3 s late, from one look to the next.
	RecoveredAfterSeconds *float64 `json:"recovered_after_seconds,omitempty"`

	// Host is the host of the lab whose ports ran out: "client", "proxy", "server" or "nat".
	Host string `json:"host,omitempty"`

	// Said is the line in which the program of that host said so, without what varies.
	Said string `json:"said,omitempty"`

	// Uncertain is what is not known, where that program did not say so: none of
	// its ports was free, of a proxy's or server's when there were errors, and whether that was why,
	// or of a client's whether a connect failed, is not.
	Uncertain string `json:"uncertain,omitempty"`

	// Evidence is what held its ports then; absent where that was not read. With
	// Refused, it is of that failure.
	Evidence *Evidence `json:"evidence,omitempty"`

	// Refused is the first failure that looked like exhaustion and was not: most
	// ports were free.
	Refused *Refusal `json:"refused,omitempty"`

	Knee Knee `json:"knee"`
}
