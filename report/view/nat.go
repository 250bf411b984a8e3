package view

import (
	"fmt"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/results"
)

// nat is what the lab's NAT had, in a line.
func (p printer) nat(n *results.NAT) {
	if n == nil {
		return
	}
	most := 0
	for _, s := range n.Samples {
		most = max(most, s.PortsInUse)
	}
	p.Labelled("NAT         ", fmt.Sprintf("%d ports on each of its addresses (%d); %d in use towards one destination "+
		"at most; %s got one, %s dropped (insert_failed %d, found %d)", n.Ports, len(n.Addresses), most,
		figure.Plural(n.Admitted, "connection"), figure.Plural(n.Drop, "packet"), n.InsertFailed, n.Found))
	if n.Knee != nil && n.Knee.Text() != "" {
		p.Labelled("", n.Knee.Text())
	}
}

// natConnects are the connects through the NAT by how much of its ports was in use when each
// began: what is below the knee of any in one row.
func natConnects(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Connects through the NAT, by its ports in use when each began",
		Head:    prose.Numbers("ports in use", "connects", "0.5 s or longer", "share"),
	}
	if r.NAT == nil || r.NAT.Knee == nil {
		return t
	}
	const detailed = 85 // percent
	row := func(label string, connects, slow int64) {
		if connects > 0 {
			t.Add(label, connects, slow, figure.Percent(100*float64(slow)/float64(connects)))
		}
	}
	var connects, slow int64
	for _, l := range r.NAT.Knee.Levels {
		if l.Percent < detailed {
			connects, slow = connects+l.Connects, slow+l.Slow
		}
	}
	row(fmt.Sprintf("below %d %%", detailed), connects, slow)
	for _, l := range r.NAT.Knee.Levels {
		if l.Percent >= detailed {
			row(fmt.Sprintf("%d %%", l.Percent), l.Connects, l.Slow)
		}
	}
	return t
}

// natUses are the ports of each address towards each destination.
func natUses(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "Ports of the NAT in use at the end",
		Head:    append(prose.Words("address", "destination"), prose.Numbers("ports in use", "of")...),
	}
	if r.NAT == nil {
		return t
	}
	for _, u := range r.NAT.Towards {
		t.Add(u.Address, u.Destination, u.PortsInUse, r.NAT.Ports)
	}
	return t
}

// natSamples are what the NAT had and did over the run.
func natSamples(r *results.Run) prose.Table {
	t := prose.Table{
		Caption: "The NAT over the run",
		Head: prose.Numbers("at", "ports in use, most", "taken over when needed", "tracked", "got a port",
			"insert_failed", "drop", "found", "early_drop"),
	}
	if r.NAT == nil {
		return t
	}
	for _, s := range r.NAT.Samples {
		t.Add(figure.Seconds(s.TS), s.PortsInUse, s.PortsReusable, known(s.ConntrackCount), s.Admitted, s.InsertFailed,
			s.Drop, s.Found, s.EarlyDrop)
	}
	return t
}
