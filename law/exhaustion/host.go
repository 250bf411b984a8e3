package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// ClientHost and ServerHost are the hosts at either end, by their names in a lab.
const ClientHost, ServerHost = "client", "server"

// Host is another one of a lab that opens connections, to a server behind it or on the
// same host, and can run out of ports before the client does.
type Host struct {
	// Name is "proxy" or [ServerHost].
	Name string
	// Settings are those of its connections, Prediction what the law makes of them.
	Settings   capacity.Settings
	Prediction capacity.Prediction
	// Client and Server are the deltas of the kernel's counters on it and on its server;
	// nil where that is not known.
	Client, Server map[string]int64
}

// RanOut is the host whose ports ran out, by its name; "" where none did.
func (f *Finding) RanOut() string {
	switch {
	case f == nil || !f.Exhausted:
		return ""
	case f.Host == "":
		return ClientHost // in results of earlier versions
	default:
		return f.Host
	}
}

// Elsewhere is the host whose ports ran out where it is not the client; "" else.
func (f *Finding) Elsewhere() string {
	if h := f.RanOut(); h != ClientHost {
		return h
	}
	return ""
}

// OnHost says where ports ran out, in a sentence; "" on the client.
func (f *Finding) OnHost() string {
	switch h := f.Elsewhere(); h {
	case "":
		return ""
	case NATHost:
		return " on the NAT"
	default:
		return " on the " + h
	}
}

// Predicted is the law of the ports that the finding is about.
func (f Facts) Predicted() capacity.Prediction {
	switch {
	case f.NAT != nil && f.Finding.RanOut() == NATHost:
		return capacity.PredictNAT(f.NAT.Law)
	case f.Other != nil && f.Finding.Elsewhere() == f.Other.Name:
		return f.Other.Prediction
	default:
		return f.Prediction
	}
}

// ofHost are the facts of the host whose ports ran out. What a client was asked to
// do is not what that one does: each of its connections is one that the law counts.
func (f Facts) ofHost() Facts {
	h := f.Other
	if h == nil || f.Finding.Elsewhere() != h.Name {
		return f
	}
	n := *f.Finding.AfterConnections
	f.Use, f.Plan, f.Cut, f.Link, f.Proxied, f.Timeout, f.AwaitsFIN = OneRequest, nil, nil, "", false, 0, false
	f.Settings, f.Prediction, f.Opener = h.Settings, h.Prediction, capacity.TypicalClient()
	f.Client, f.Server, f.OneHost = h.Client, h.Server, false
	f.Attempted, f.Succeeded = n, n
	return f
}

// opener is the host whose ports the verdict is about.
func (f Facts) opener() string {
	if h := f.Finding.Elsewhere(); h != "" {
		return h
	}
	return ClientHost
}

// toTheClient is what it came to on the client that another host ran out.
func toTheClient(f Facts) string {
	worst, n := worstError(f.Errors)
	switch {
	case f.Finding.Elsewhere() == "":
		return ""
	case f.BadAnswers > 0 && !f.onlyBad():
		return fmt.Sprintf("Of %s to the client %d had HTTP status %s.", figure.Plural(f.Requests, "answer"),
			f.BadAnswers, statuses(f.Status))
	case f.BadAnswers == 0 && n > 0:
		return fmt.Sprintf("On the client %s failed: %s.", figure.Plural(n, "connection"), worst)
	default:
		return ""
	}
}

// said is the line in which that host's program said why.
func said(f Finding) string {
	if f.Said == "" {
		return ""
	}
	return fmt.Sprintf("The %s said: %q.", f.Host, f.Said)
}
