package netns

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tcpbench/internal/figure"
	"tcpbench/internal/prose"
	"tcpbench/law/headroom"
)

// Conntrack is the table of tracked connections of a network namespace, and its counters
// since that was made.
type Conntrack struct {
	Count int `json:"count"`
	// Max is absent where the setting could not be read.
	Max          int   `json:"max,omitempty"`
	InsertFailed int64 `json:"insert_failed"`
	Drop         int64 `json:"drop"`
	EarlyDrop    int64 `json:"early_drop"`
}

// Space is what is seen of one network namespace.
type Space struct {
	Namespace Namespace `json:"netns"`
	// Sockets counts TCP sockets now, without TIME_WAITs, and TimeWaits those: both with
	// what listens, and on any port.
	Sockets   int `json:"sockets"`
	TimeWaits int `json:"time_waits"`
	// Conntrack is absent where connections are not tracked.
	Conntrack *Conntrack `json:"conntrack,omitempty"`
	// Headroom is from when the sockets were last listed, which its At says.
	Headroom headroom.View `json:"headroom"`
}

// Unwatched is a network namespace that is not watched, and why.
type Unwatched struct {
	Namespace Namespace `json:"netns"`
	Why       string    `json:"why"`
}

// View is what is seen of all of them.
type View struct {
	At time.Time `json:"at"`
	// Spaces are those whose ports run out first, first.
	Spaces    []Space     `json:"namespaces"`
	Unwatched []Unwatched `json:"unwatched,omitempty"`
	// Beyond counts those that are more than one wants to watch, and Hidden processes
	// whose namespaces one may not see.
	Beyond int `json:"beyond,omitempty"`
	Hidden int `json:"hidden_processes,omitempty"`
	// Failures counts readings that failed in this view, as of a namespace that has just
	// ended.
	Failures int `json:"failures,omitempty"`
}

// Urgent is the pair of source and destination that runs out first, or of which most is
// held; nil where no port is in use.
func (s *Space) Urgent() *headroom.Status {
	var first *headroom.Status
	for i := range s.Headroom.Pairs {
		if p := &s.Headroom.Pairs[i]; first == nil || sooner(p, first) < 0 {
			first = p
		}
	}
	return first
}

// sooner orders pairs: what has none left, what runs out first, what holds most.
func sooner(a, b *headroom.Status) int {
	return cmp.Or(cmp.Compare(ends(a), ends(b)), cmp.Compare(share(b), share(a)))
}

func ends(s *headroom.Status) float64 {
	switch {
	case s.Outcome == headroom.Exhausted:
		return 0
	case s.ExhaustedSeconds == nil:
		return math.Inf(1)
	default:
		return *s.ExhaustedSeconds
	}
}

func share(s *headroom.Status) float64 { return float64(s.Held) / float64(max(s.Capacity, 1)) }

// fullest is how much is held, of ports or of the table of tracked connections.
func (s *Space) fullest() float64 {
	most := 0.
	if p := s.Urgent(); p != nil {
		most = share(p)
	}
	if c := s.Conntrack; c != nil && c.Max > 0 {
		most = max(most, float64(c.Count)/float64(c.Max))
	}
	return most
}

// Ends is when its ports do, in seconds; infinite where that is not in sight.
func (s *Space) Ends() float64 {
	if p := s.Urgent(); p != nil {
		return ends(p)
	}
	return math.Inf(1)
}

// Sort puts those first whose ports run out first, then those of which most is held.
func (v *View) Sort() {
	slices.SortStableFunc(v.Spaces, func(a, b Space) int {
		return cmp.Or(cmp.Compare(a.Ends(), b.Ends()), cmp.Compare(b.fullest(), a.fullest()),
			cmp.Compare(a.Namespace.Inode, b.Namespace.Inode))
	})
}

// Table is a row for each of the first so many, and one for all others.
func (v View) Table(rows int) prose.Table {
	t := prose.Table{Head: slices.Concat(prose.Words("namespace"), prose.Numbers("sockets", "TIME_WAIT"),
		prose.Words("destination"), prose.Numbers("held", "of"), prose.Words("conntrack", "headroom"))}
	var rest Space
	for i, s := range v.Spaces {
		if i >= rows {
			rest.Sockets += s.Sockets
			rest.TimeWaits += s.TimeWaits
			continue
		}
		to, held, outlook := "", "", "no port in use"
		if p := s.Urgent(); p != nil {
			to, held, outlook = p.Destination.String(), fmt.Sprint(p.Held), p.Outlook()
		}
		t.Add(s.Name(), s.Sockets, s.TimeWaits, to, held, s.Headroom.Ports(), s.tracked(), outlook)
	}
	if n := len(v.Spaces) - rows; n > 0 {
		t.Add(fmt.Sprintf("%d others", n), rest.Sockets, rest.TimeWaits, "", "", "", "", "")
	}
	return t
}

// Name is what one calls it, and its number.
func (s *Space) Name() string {
	return strings.TrimSpace(fmt.Sprintf("%s [%d]", s.Namespace.Label(), s.Namespace.Inode))
}

// Sentence is what is to be said of it, in a line.
func (s *Space) Sentence() string {
	text := fmt.Sprintf("sockets %d, TIME_WAIT %d", s.Sockets, s.TimeWaits)
	if c := s.tracked(); c != "" {
		text += ", conntrack " + c
	}
	p := s.Urgent()
	if p == nil {
		return text + ": no port is in use"
	}
	return fmt.Sprintf("%s, %s -> %s held %d of %s: %s", text, p.Source, p.Destination, p.Held, s.Headroom.Ports(),
		p.Outlook())
}

// tracked is how full the table of tracked connections is, and what was dropped.
func (s *Space) tracked() string {
	c := s.Conntrack
	if c == nil {
		return ""
	}
	text := fmt.Sprint(c.Count)
	if c.Max > 0 {
		text = fmt.Sprintf("%d of %d", c.Count, c.Max)
	}
	if n := c.InsertFailed + c.Drop; n > 0 {
		text += fmt.Sprintf(", %d dropped", n)
	}
	return text
}

// Missing says which namespaces are not watched, and why: a line for each reason.
func (v View) Missing() []string {
	var out []string
	why := map[string]int{}
	for _, u := range v.Unwatched {
		if why[u.Why]++; why[u.Why] == 1 {
			out = append(out, u.Why)
		}
	}
	for i, reason := range out {
		out[i] = fmt.Sprintf("%d not watched: %s", why[reason], reason)
	}
	if v.Beyond > 0 {
		out = append(out, figure.Plural(v.Beyond, "more namespace")+" than --max-netns watches")
	}
	if v.Hidden > 0 {
		out = append(out, fmt.Sprintf("%d processes of other users hide their namespace; root, or "+
			"CAP_SYS_PTRACE, sees it",
			v.Hidden))
	}
	return out
}
