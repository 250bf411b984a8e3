package cell

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"tcpbench/internal/wire"
	"tcpbench/lab"
	"tcpbench/results"
	"tcpbench/scenario"
)

// linkOrder is what a lab's link process is told to be.
type linkOrder struct {
	// Client and Server are processes in the namespaces of the two ends.
	Client int    `json:"client"`
	Server int    `json:"server"`
	Rules  string `json:"rules"`
	Seed   int64  `json:"seed"`
}

// linkMain makes a link and moves its frames until the end of in.
func linkMain(in *os.File, out io.Writer) error {
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGTERM, unix.SIGHUP) // the client decides when it ends
	var o linkOrder
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return nil // the client ended before it gave the order
	}
	enc := json.NewEncoder(out)
	rules, err := wire.ParseRules(o.Rules)
	if err != nil {
		return enc.Encode(ready{Failure: newFailure(err)})
	}
	taps, err := lab.OpenTAPs(o.Client, o.Server)
	if err != nil {
		return enc.Encode(ready{Failure: newFailure(err)})
	}
	defer taps.Close()
	if err := enc.Encode(ready{}); err != nil {
		return err
	}
	program := wire.NewProgram(rules, o.Seed)
	if err := taps.Forward(program, in); err != nil {
		return enc.Encode(farewell{Failure: newFailure(err)})
	}
	return enc.Encode(farewell{Rules: did(rules, program.Counts())})
}

// did says what each rule did.
func did(rules wire.Rules, counts []wire.Count) []results.LinkRule {
	out := make([]results.LinkRule, len(rules))
	for i, c := range counts {
		out[i] = results.LinkRule{Rule: rules[i].String(), Matched: c.Matched, Sent: c.Sent, Forgotten: c.Forgotten}
	}
	return out
}

// join joins the calling process's network namespace and that of process pid:
// by a process, which it returns, where the workload asks for one.
func join(pid int, w scenario.Workload) (*peer, error) {
	if !w.Link.UserSpace() {
		return nil, lab.Join(pid)
	}
	l, err := startPeer("link", linkRole, lab.StartHelper)
	if err != nil {
		return nil, err
	}
	err = l.send(linkOrder{Client: os.Getpid(), Server: pid, Rules: w.Link.Rules.String(), Seed: w.Seed})
	if err == nil {
		_, err = l.answer()
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// linkDid ends the link's process and adds what its rules did, if there is one.
// The measurement is over by then: a process that does not say takes nothing
// from it but that.
func (p *Place) linkDid(r *results.Run) error {
	if p.link == nil {
		return nil
	}
	bye := p.link.finish()
	if bye.Failure != nil {
		return p.link.ended()
	}
	if r.Link = bye.Rules; r.Link == nil {
		r.Warnings = append(r.Warnings,
			results.Warning{Code: "link-silent", Text: fmt.Sprintf("the lab's link was asked "+
				"for its counts after the run and did not answer within %v (%v), so what its rules did is not "+
				"known; frames may "+
				"have waited in it before that, which the latencies then include", serverGrace, p.link.ended())})
	}
	return nil
}
