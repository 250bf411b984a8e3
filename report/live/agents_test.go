package live

import (
	"fmt"
	"strings"
	"testing"
)

func TestAgentsHaveALineEach(t *testing.T) {
	agents := []Agent{
		{Name: "web-1", State: "running", Connections: 1200, Rate: 400, PortsInUse: new(1200),
			PortsCapacity: new(28232)},
		{Name: "web-2.a-very-long-name-of-a-host", State: "ready"},
		{Name: "web-3", State: "running", Connections: 10, Lost: "nothing was heard of it for 2.5s"},
	}
	text := func(columns int, agents []Agent) string {
		var b strings.Builder
		for _, l := range (Frame{Title: "run", Agents: agents}).Lines(columns, 40, Glyphs{}) {
			if l.Width() >= columns {
				t.Errorf("%q has %d columns of %d", l, l.Width(), columns)
			}
			b.WriteString(l.String() + "\n")
		}
		return b.String()
	}
	for _, columns := range []int{100, 40} {
		got := text(columns, agents)
		lost, well := strings.Index(got, "web-3"), strings.Index(got, "web-1")
		if lost < 0 || well < lost || !strings.Contains(got, "lost: nothing was") || !strings.Contains(got, "400/s") {
			t.Errorf("%d columns:\n%s\nwant the lost one first, and what each stands at", columns, got)
		}
	}
	if got := text(100, agents); !strings.Contains(got, "1200 in all, ports 1200 of 28232") {
		t.Errorf("%s\nwant its ports", got)
	}
	var many []Agent
	for i := range 25 {
		many = append(many, Agent{Name: fmt.Sprint("host-", i), State: "ready"})
	}
	if got := text(80, many); strings.Count(got, "host-") != mostAgents || !strings.Contains(got, "and 15 more") {
		t.Errorf("%s\nwant %d lines, and that there are 15 more", got, mostAgents)
	}
	if got := text(80, nil); strings.Contains(got, "more") {
		t.Errorf("%s\nwant no agents", got)
	}
}
