package scenario

import (
	"strings"
	"testing"
)

// Names reach a workload as text, which is checked, or as values, which are not.
func TestANameThatNoTableHasIsAnError(t *testing.T) {
	w := DefaultWorkload()
	w.Engine, w.Close, w.ServerClose = "epol", "none", "now"
	err := w.Validate()
	for _, want := range []string{
		`engine: "epol" is not one of auto, io_uring, epoll, nethttp, hey; did you mean "epoll"?`,
		`close: "none" is not one of client, shutdown, server, unread`,
		`server-close: "now" is not one of eof, never, answer, client`,
	} {
		if !strings.Contains(message(err), want) {
			t.Errorf("Validate() = %v, want an error with %q", err, want)
		}
	}
	if got := (Server{Protocol: "gopher"}).Validate(); message(got) != `server: "gopher" is not one of echo, http, https` {
		t.Errorf("Validate(the protocol gopher) = %v, want that there is none", got)
	}
}

func TestHelpHasEveryWordOfATable(t *testing.T) {
	got := Usage("who closes first, and how", Closings())
	want := "who closes first, and how: `client|shutdown|server|unread`; unread: with the answer unread, which sends RST"
	if got != want {
		t.Errorf("Usage(Closings()) = %q, want %q", got, want)
	}
}

func TestDefaultsAreTheFirstRows(t *testing.T) {
	w := DefaultWorkload()
	if w.Engine != Engines()[0].Name || w.Close != Closings()[0].Policy || w.ServerClose != ServerClosings()[0].When {
		t.Errorf("DefaultWorkload() = engine %s, close %s, server-close %s, want those at the top of their tables",
			w.Engine, w.Close, w.ServerClose)
	}
	for _, p := range Protocols() {
		if _, err := SchemeNamed(p.Scheme); err != nil || ProtocolFor(p.Scheme).Name == "" {
			t.Errorf("protocol %s: scheme %v, and for it %q", p.Name, err, ProtocolFor(p.Scheme).Name)
		}
	}
}
