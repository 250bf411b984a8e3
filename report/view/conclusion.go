package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"tcpbench/internal/prose"
	"tcpbench/law/capacity"
	"tcpbench/results"
)

// Part is a part of what people read before the figures.
type Part struct {
	Kind Kind
	// Title stands above it, and Link is the id of what it names on a page; "" for none.
	Title, Link string
	// Class is the look of a headline on a page.
	Class string
	// Sentences are what it says, most important first.
	Sentences []Sentence
	// Remedies are the changes of PartRemedies, cheapest first.
	Remedies []capacity.Remedy
}

// Sentence is one or more of them, and what stands before it; "" for nothing.
type Sentence struct{ Label, Text string }

// Table is the remedies as a page shows them; empty without.
func (p Part) Table() prose.Table { return Remedies(p.Remedies) }

// Kind is what a part says.
type Kind string

// The parts, in the order in which they stand.
const (
	PartHeadline Kind = "headline" // how it ended, in a sentence
	PartFound    Kind = "found"    // what was found, with the evidence
	PartMeaning  Kind = "meaning"  // what that means
	PartDoubts   Kind = "doubts"   // which figures are not what they seem
	PartWarnings Kind = "warnings" // what a reader of the figures must know
	PartRemedies Kind = "remedies" // which changes would help
	PartChecks   Kind = "checks"   // what a claim's answer rests on
)

// inOrder puts parts into the order in which people read them, and leaves out those
// that say nothing.
func inOrder(parts ...Part) []Part {
	order := []Kind{PartHeadline, PartFound, PartMeaning, PartDoubts, PartWarnings, PartRemedies, PartChecks}
	parts = slices.DeleteFunc(parts, func(p Part) bool { return len(p.Sentences)+len(p.Remedies) == 0 })
	at := func(p Part) int { return slices.Index(order, p.Kind) }
	slices.SortStableFunc(parts, func(a, b Part) int { return at(a) - at(b) })
	return parts
}

// Without leaves out the parts of a kind.
func Without(parts []Part, k Kind) []Part {
	return slices.DeleteFunc(slices.Clone(parts), func(p Part) bool { return p.Kind == k })
}

// Conclusion is what there is to say of r before its figures, in the order in which a
// terminal and a page have it.
func Conclusion(r *results.Run) []Part {
	v := r.Verdict
	var warnings []Sentence
	for _, w := range r.Warnings {
		warnings = append(warnings, Sentence{"Warning", w.Text})
	}
	return inOrder(
		Part{Kind: PartHeadline, Class: Class(r), Sentences: plain(cmp.Or(v.Headline, "There is no verdict."))},
		Part{Kind: PartFound, Sentences: plain(v.Details...)},
		Part{Kind: PartMeaning, Sentences: plain(v.Meaning...)},
		Part{Kind: PartWarnings, Sentences: warnings},
		Part{Kind: PartRemedies, Title: "What would help, cheapest first", Remedies: v.Remedies},
	)
}

// ConclusionOf is the same of the cells of a sweep, or of the claim c that they test; nil
// for none.
func ConclusionOf(runs []*results.Run, c *results.Claim) []Part {
	if c != nil {
		return ofClaim(c)
	}
	labels := results.CellLabels(runs)
	parts := []Part{
		{Kind: PartHeadline, Sentences: plain(outcomesText(runs))},
		{Kind: PartFound, Sentences: plain(exhaustedText(runs), kneeText(runs))},
		{Kind: PartMeaning, Sentences: plain(sustainedText(runs, labels))},
		{Kind: PartDoubts, Sentences: plain(doubtText(runs))},
	}
	if i, ok := Worst(runs); ok {
		parts = append(parts, Part{Kind: PartRemedies, Title: "What would help in " + labels[i] + ", cheapest first",
			Link: ID(i), Remedies: runs[i].Verdict.Remedies})
	}
	return inOrder(parts...)
}

// ofClaim is a claim with its answer, what follows, and what it rests on.
func ofClaim(c *results.Claim) []Part {
	follows := []Sentence{{"In practice", c.Practice}, {"Otherwise", c.Otherwise}}
	var checks []Sentence
	for _, check := range c.Checks {
		checks = append(checks, Sentence{checkMark(check), check.Text})
	}
	return inOrder(
		Part{Kind: PartHeadline, Sentences: []Sentence{{"Claim", c.Text}, {"Answer", c.Headline()}}},
		Part{Kind: PartMeaning, Sentences: spoken(follows)},
		Part{Kind: PartChecks, Sentences: checks},
	)
}

func checkMark(c results.ClaimCheck) string {
	if c.Holds {
		return "yes"
	}
	return "no"
}

// plain are sentences without a label.
func plain(texts ...string) []Sentence {
	var out []Sentence
	for _, t := range texts {
		out = append(out, Sentence{Text: t})
	}
	return spoken(out)
}

// spoken are those that say something.
func spoken(all []Sentence) []Sentence {
	return slices.DeleteFunc(all, func(s Sentence) bool { return s.Text == "" })
}

// WriteConclusion writes the parts for people, each after a blank line but the first.
// width is where lines are to end, in columns.
func WriteConclusion(w io.Writer, parts []Part, width int) error {
	p := printer{prose.NewPrinter(w, width)}
	p.conclusion(parts)
	return p.Err()
}

func (p printer) conclusion(parts []Part) {
	for i, part := range parts {
		if i > 0 {
			p.Line("")
		}
		if part.Title != "" {
			p.Labelled("", part.Title+":")
		}
		for _, s := range part.Sentences {
			p.Labelled(label(part.Kind, s.Label), s.Text)
		}
		p.remedies(part.Remedies)
	}
}

// label is what stands before a sentence on a terminal, as wide as the names of figures.
func label(k Kind, s string) string {
	switch {
	case s == "":
		return ""
	case k == PartChecks:
		return fmt.Sprintf("  %-4s", s)
	default:
		return fmt.Sprintf("%-*s", nameWidth+1, s)
	}
}

func (p printer) remedies(rs []capacity.Remedy) {
	for i, m := range rs {
		p.Line("%2d. %s", i+1, m.Change)
		text := fmt.Sprintf("gives: %s; price: %s", m.Gives(), m.Price)
		if m.Risk != "" {
			text += "; risk: " + m.Risk
		}
		p.Labelled("      ", text)
	}
}
