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
		`engine: "epol" is not one of ` + strings.Join(Words(Engines()), ", ") + `; did you mean "epoll"?`,
		`close: "none" is not one of ` + strings.Join(Words(Closings()), ", "),
		`server-close: "now" is not one of ` + strings.Join(Words(ServerClosings()), ", "),
	} {
		if !strings.Contains(message(err), want) {
			t.Errorf("Validate() = %v, want an error with %q", err, want)
		}
	}
	err = Server{Protocol: "gopher"}.Validate()
	if want := `server: "gopher" is not one of ` + strings.Join(Words(Protocols()), ", "); message(err) != want {
		t.Errorf("Validate(the protocol gopher) = %v, want %s", err, want)
	}
}

func TestHelpHasEveryWordOfATable(t *testing.T) {
	got := Usage("who closes first", []Closing{{Policy: "one"}, {Policy: "two", Help: "second"},
		{Policy: "x", Help: "y"}})
	if want := "who closes first: `one|two|x`; two: second; x: y"; got != want {
		t.Errorf("Usage(three closings) = %q, want %q", got, want)
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
