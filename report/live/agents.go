package live

import (
	"fmt"
	"slices"

	"tcpbench/internal/figure"
)

// Agent is a host of a fleet, as it stands.
type Agent struct {
	Name string
	// State is how far its run is, in a word; "" before.
	State string
	// Connections is how many it has opened, Rate how many a second in its last interval.
	Connections int64
	Rate        float64
	// PortsInUse of PortsCapacity are its own; nil where that is not known.
	PortsInUse, PortsCapacity *int
	// Lost is why it is lost; "" is not.
	Lost string
}

// mostAgents is how many agents have a line.
const mostAgents = 10

// agents are a line for each agent, for those that are lost first, and how many have none.
func (f Frame) agents(width int) []Line {
	all := slices.Clone(f.Agents)
	slices.SortStableFunc(all, func(a, b Agent) int {
		switch {
		case (a.Lost != "") == (b.Lost != ""):
			return 0
		case a.Lost != "":
			return -1
		default:
			return 1
		}
	})
	widest := 0
	for _, a := range all[:min(len(all), mostAgents)] {
		widest = max(widest, Width(a.Name))
	}
	var out []Line
	for _, a := range all[:min(len(all), mostAgents)] {
		out = append(out, a.line(min(widest, width/3)))
	}
	if more := len(all) - len(out); more > 0 {
		out = append(out, Line{{fmt.Sprintf("  and %d more", more), Faint}})
	}
	return out
}

// line is what one stands at, with its name in so many columns.
func (a Agent) line(column int) Line {
	name := clip(a.Name, column)
	head := Span{"  " + name + spaces(column-Width(name)) + "  ", Plain}
	if a.Lost != "" {
		return Line{head, {"lost: " + a.Lost, Bad}}
	}
	if a.Connections == 0 {
		return Line{head, {a.State, Faint}}
	}
	text := figure.Number(a.Rate) + "/s, " + fmt.Sprint(a.Connections) + " in all"
	if a.PortsInUse != nil && a.PortsCapacity != nil {
		text += fmt.Sprintf(", ports %d of %d", *a.PortsInUse, *a.PortsCapacity)
	}
	return Line{head, {text, Plain}}
}
