package scenario

import (
	"errors"
	"fmt"
	"strings"

	"tcpbench/internal/wire"
)

// Link is what joins a lab's client and server; the zero value is a veth pair.
type Link struct {
	// Loopback puts both into one network namespace.
	Loopback bool
	// Rules are of a link through user space; none leaves it to the kernel.
	Rules wire.Rules
}

// The links that have no rules.
const (
	linkVeth     = "veth"
	linkLoopback = "loopback"
)

// ParseLink reads "veth", "loopback", or rules as [wire.ParseRules] does.
func ParseLink(s string) (Link, error) {
	switch strings.TrimSpace(s) {
	case linkVeth:
		return Link{}, nil
	case linkLoopback:
		return Link{Loopback: true}, nil
	}
	rules, err := wire.ParseRules(s)
	var word *wire.WordError
	if !errors.As(err, &word) {
		return Link{Rules: rules}, err
	}
	if word.Word == linkVeth || word.Word == linkLoopback {
		return Link{}, fmt.Errorf("%q: %s is a link without rules and stands alone; leave it out to have the rules", s,
			word.Word)
	}
	if word.Word == word.Rule {
		word.Known = append(word.Known, linkVeth, linkLoopback)
	}
	return Link{}, err
}

// IsZero reports whether the link is a veth pair.
func (l Link) IsZero() bool { return !l.Loopback && len(l.Rules) == 0 }

// UserSpace reports whether frames pass through a process of the lab.
func (l Link) UserSpace() bool { return len(l.Rules) > 0 }

// String returns the form that [ParseLink] reads.
func (l Link) String() string {
	switch {
	case l.Loopback:
		return linkLoopback
	case l.UserSpace():
		return l.Rules.String()
	default:
		return linkVeth
	}
}
