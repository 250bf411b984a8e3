package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// race says that the client does not always close first, so that it keeps only some of
// the TIME_WAITs, or none; false where it does. It is told by the kernel's counters of
// either side, and where those are not known by the ports that are held.
func (f Facts) race() (string, bool) {
	s := f.Settings
	if f.Use == Held || s.Reset || s.ServerCloses || s.ServerOpen {
		return "", false
	}
	if text, ok := f.farewells(); ok {
		return text, true
	}
	// What the server opened itself may have left it a TIME_WAIT at either end.
	client, server := f.Client["TcpExtTW"], max(f.Server["TcpExtTW"]-2*f.Server["TcpActiveOpens"], 0)
	elsewhere := f.Finding.Elsewhere() != ""
	if elsewhere { // whose own clients leave it TIME_WAITs that hold no port of these
		client = f.Succeeded - server
	}
	if !f.reconnects() || f.OneHost || f.Proxied || client == 0 || 100*server < f.Succeeded || server == 0 {
		return f.fewKept()
	}
	if elsewhere {
		return fmt.Sprintf("it is a race of who does: %s left their TIME_WAIT on the server, where it holds no port",
			figure.Plural(server, "connection")), true
	}
	text := fmt.Sprintf("it is a race of who does: %s left their TIME_WAIT on the client, which holds a port, and %s "+
		"on the server", figure.Plural(client, "connection"), number(server))
	if both := client + server - max(f.Succeeded, f.Connected); both > 0 && f.Unused == 0 && f.Warm == 0 {
		text += fmt.Sprintf(", %s of them on both, whose FINs met on the way", number(both))
	}
	return text, true
}

// fewToTell is how many connections are too few to say it of.
const fewToTell = 10

// nearlyAll is the share of the connections of less than a minute whose ports are held at
// its end, at least, where the client closes first, and mostAtATime that of a minute's of
// a longer run, whose rate may have changed.
const nearlyAll, mostAtATime = 0.9, 0.5

// fewKept says that fewer of the connections left their port held than would have, of
// those that have had no time to come free; false where that is not so, or not known.
func (f Facts) fewKept() (string, bool) {
	if !f.keptFew() {
		return "", false
	}
	return fmt.Sprintf("of %s no more than %d held a port, open or closed, when an interval ended: the others were "+
		"ended by the server's FIN or RST before the client's, or by an RST for what it still sent",
		figure.Plural(f.Succeeded, "connection"), f.counted()), true
}

func (f Facts) keptFew() bool {
	if !f.KeptKnown || f.Settings.Walk || f.Finding.Elsewhere() != "" || f.Client["TcpExtTCPTimeWaitOverflow"] > 0 ||
		f.Seconds <= 0 {
		return false
	}
	due, minute := nearlyAll*float64(f.Succeeded-f.Client["TcpExtTWRecycled"]), capacity.TimeWait.Seconds()
	if f.Seconds > minute {
		due *= mostAtATime / nearlyAll * minute / f.Seconds
	}
	return f.Succeeded >= fewToTell && float64(f.counted()) < due
}

// counted is the most ports in use at a time, of the connections counted: those of a
// warm-up are not, as far as none of the ports in use then can have come free.
func (f Facts) counted() int {
	if f.Before > 0 || f.Client["TcpExtTWRecycled"] > 0 || f.Seconds > capacity.TimeWait.Seconds()/2 {
		return f.Kept
	}
	return max(f.Kept-f.Warm, 0)
}

// ofOpenServer are the facts with the law of a server that does not close its end, where that
// is what was seen of one of which nothing was known: most of the ports that connections held
// were in FIN_WAIT_2, and came free without a TIME_WAIT.
func (f Facts) ofOpenServer() Facts {
	s := f.Settings
	if f.Use != OneRequest || s.Reset || s.ServerCloses || s.ServerOpen || f.AwaitsFIN ||
		f.Finding.Outcome == Exhausted || 2*f.Halved <= f.Kept || !f.keptFew() {
		return f
	}
	f.Settings.ServerOpen, f.foundOpen = true, true
	f.Prediction = capacity.Predict(f.Settings)
	return f
}

// keepsOpen says that the law is another than was predicted.
func (f Facts) keepsOpen() string {
	if !f.foundOpen {
		return ""
	}
	return fmt.Sprintf("The %s does not close its end: up to %s were in FIN_WAIT_2 (closed by the %s, and not by "+
		"the other side), each for tcp_fin_timeout (%s), and not in TIME_WAIT for 60 s, as was predicted.", f.peer(),
		figure.Plural(f.Halved, "port"), f.opener(), figure.Seconds(f.Settings.FinTimeout.Seconds()))
}
