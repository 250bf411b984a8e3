package scenario

import (
	"errors"

	"go.yaml.in/yaml/v4"
)

// OutsideLab refuses what only a lab has, and what would change the host, in a run against
// a server that is there already.
func (w *Workload) OutsideLab() []error {
	var errs []error
	for _, option := range w.ServerFiles() {
		errs = append(errs, Refuse(true, option,
			"it is for a lab's server, and a target has its own; leave out one of them"))
	}
	return append(errs, []error{
		Refuse(w.Engine == EngineExec, "engine",
			"exec runs your own program, in a lab only: add --client-cmd, and --lab or a server"),
		Refuse(len(w.Sysctl) > 0 || len(w.ServerSysctl) > 0 || len(w.ProxySysctl) > 0, "sysctl",
			"it would change this host; it is set in a lab only, so leave out the target"),
		Refuse(!w.NAT.IsZero(), "nat", "it is a host of a lab; leave out the target, or add --lab"),
		Refuse(w.CutLink > 0, "cut-link",
			"it cuts the link of a lab, never one of this host; leave out the target"),
		Refuse(w.ServerClose != ServerCloseEOF, "server-close",
			"a target decides by itself when it closes; it is for a lab's server, so leave out the target"),
		Refuse(w.ServerThreads > 1, "server-threads",
			"it is for a lab's server, and a target has its own; leave out one of them"),
		Refuse(!w.Link.IsZero(), "link", "%s is made in a lab only; leave out the target", w.Link),
		Refuse(w.Capture > 0, "capture",
			"packets are captured in a lab only, where there is no other traffic; "+
				"leave out the target, or run tcpdump beside"),
		Refuse(w.Source.Count > 0, "source",
			"%d addresses are made in a lab only; list this host's own instead", w.Source.Count),
		Refuse(w.Destinations > 1, "destinations", "it is for a lab's server; name several targets instead"),
	}...)
}

// placed is a value of a scenario, and where it stands.
type placed struct {
	key string
	at  *yaml.Node
	of  int // the case that has it; noCase where the whole scenario does
}

// needsLab says why only a lab can have it; nil where that is not so.
func (v placed) needsLab() error {
	w := DefaultWorkload()
	if w.Set(v.key, v.at.Value) != nil {
		return nil // which was reported
	}
	return errors.Join(w.OutsideLab()...)
}

const noCase = -1

// checkOutside refuses what needs a lab where the server runs already, once a setting.
func (p *parser) checkOutside(root *yaml.Node, s *Scenario) {
	if len(p.Errs) > 0 {
		return // what is wrong may be the target
	}
	outside := func(of int) bool {
		some := len(s.Cases) == 0 && s.Server.External()
		for i, c := range s.Cases {
			some = some || (of == noCase || of == i) && c.programs(s.Programs).Server.External()
		}
		return some
	}
	type setting struct {
		key string
		of  int
	}
	told := map[setting]bool{}
	for _, v := range p.placed {
		one := setting{v.key, v.of}
		if !outside(v.of) || told[one] {
			continue
		}
		if why := v.needsLab(); why != nil {
			told[one] = true
			p.Wrong(v.at, why)
		}
	}
	const both = "is a program of a lab, and the target runs already; leave one of them out"
	for _, x := range s.labPrograms() {
		if outside(noCase) {
			p.Fail(valueOf(root, x), "%s: it %s", x, both)
		}
	}
	for _, c := range s.Cases {
		own := Programs{Proxy: orNone(c.Proxy), Client: orNone(c.Client)}
		for _, x := range own.labPrograms() {
			if c.programs(s.Programs).Server.External() {
				p.Fail(valueOf(root, "cases"), "case %q: its %s %s", c.Name, x, both)
			}
		}
	}
}

// labPrograms are the keys of the programs that stand beside the server.
func (p Programs) labPrograms() []string {
	var keys []string
	for _, one := range p.All() {
		if one.Host != "server" {
			keys = append(keys, one.Host)
		}
	}
	return keys
}

// orNone is a program that may not be there.
func orNone(p *Program) Program {
	if p == nil {
		return Program{}
	}
	return *p
}

// valueOf is what a mapping has under a key that is there.
func valueOf(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return n
}
