package exhaustion

import (
	"fmt"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/law/capacity"
)

// answerSYN is against SYNs without an answer.
func answerSYN(f Facts) []capacity.Remedy {
	why := capacity.Remedy{Change: "find out why the SYN has no answer: a firewall that drops it, a host that is " +
		"not there, or a full accept queue (ListenOverflows on " + f.otherEnd() + ")", Host: f.peer(),
		Price: "the target's or the network's to mend"}
	if f.Link != "" {
		why.Change = fmt.Sprintf("let SYNs and their answers pass: the lab's link has --link %q", f.Link)
		why.Host, why.Price = "", "none: it is the lab's"
	}
	out := []capacity.Remedy{f.mended(why)}
	if sooner := time.Second; f.Timeout > sooner && f.left().AtLeast() > 0 {
		out = append(out, capacity.Remedy{Change: "give up sooner: --timeout 1s", Host: "client",
			Offer: capacity.Offer{SustainableCPS: float64(f.left().AtLeast()) / sooner.Seconds()},
			Price: "a SYN that is lost once is sent again after 1 s, and such a connection fails"})
	}
	return out
}

// fewer is against more open connections than ports.
func fewer(f Facts) []capacity.Remedy {
	n := f.left().AtLeast()
	if n == 0 {
		return nil
	}
	r := capacity.Remedy{Host: "client", Connections: n, Price: "a request waits for a connection that is free"}
	if p := f.Settings.Program; p != nil {
		r.Host, r.Change = p.Host, "on the "+p.Host+" "+p.Fewer(n)
	} else {
		r.Change = fmt.Sprintf("keep no more than %s open at a time (--concurrency %d)",
			figure.Plural(n, "connection"), n)
	}
	return []capacity.Remedy{r}
}

// foreign is against connections of others than the run.
func foreign(f Facts) []capacity.Remedy {
	return []capacity.Remedy{f.mended(capacity.Remedy{Change: "close the connections to the target that other " +
		"programs of this host keep open, or give this one a source address that they do not have (--source)",
		Host: f.opener(), Price: "a change of those programs, or an address"})}
}

// passFIN is against a lab's link that loses FINs, or what answers them.
func passFIN(f Facts) []capacity.Remedy {
	return []capacity.Remedy{f.mended(capacity.Remedy{Change: fmt.Sprintf("let FINs and their answers pass: the lab's "+
		"link has --link %q", f.Link), Price: "none: it is the lab's"})}
}

// ackFIN is against FINs without an ACK.
func ackFIN(f Facts) []capacity.Remedy {
	if f.Loses {
		return passFIN(f)
	}
	return []capacity.Remedy{f.mended(capacity.Remedy{Change: "find out what loses the " + f.opener() +
		"'s FIN or its ACK on the way", Host: f.peer(), Price: "the network's to mend"})}
}

// serverFIN is against a server that keeps its end open: TIME_WAITs, which come of
// its FIN, the kernel can take over.
func serverFIN(f Facts) []capacity.Remedy {
	s := f.left()
	s.ServerOpen, s.LateFIN, s.Reuse = false, 0, 1
	if !s.Reuses() || s.ReuseDelay >= f.Settings.FinTimeout {
		return nil
	}
	if p := capacity.Predict(s); p.Exhausts() && p.SafeCPS == 0 { // those in flight take all ports still
		return nil
	}
	return []capacity.Remedy{{Change: "let " + f.otherEnd() + " close its end when the " + f.opener() +
		" has closed (read to the end of file, then close), and on the " + f.opener() +
		" sysctl -w net.ipv4.tcp_tw_reuse=1",
		Host: f.peer(), Offer: capacity.NewOffer(s, f.Opener), Price: "a change of that program, and a " +
			"setting of the " + f.opener() + "'s host; tcp_timestamps on both sides"}}
}

// reserve is against other sockets in the range.
func reserve(f Facts) []capacity.Remedy {
	return []capacity.Remedy{f.mended(capacity.Remedy{Change: "move what listens or binds ports out of " +
		"net.ipv4.ip_local_port_range", Host: f.opener(), Price: "a change of those programs' settings"})}
}

// mended is r with what it gives, where it leaves all ports to connections as the law has
// them.
func (f Facts) mended(r capacity.Remedy) capacity.Remedy {
	if f.Use == OneRequest {
		r.Offer = capacity.NewOffer(f.Settings, f.Opener)
	} else {
		r.Connections = f.Settings.AtLeast()
	}
	return r
}

// otherEnd names what the opener connects to: of a server that is not known.
func (f Facts) otherEnd() string {
	if f.opener() == ServerHost {
		return "its peer"
	}
	return "the " + f.peer()
}

// peer is the host at the other end.
func (f Facts) peer() string {
	if f.Proxied {
		return "proxy"
	}
	return "server"
}
