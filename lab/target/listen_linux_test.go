package target

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tcpbench/scenario"
)

func TestEveryProtocolIsAnswered(t *testing.T) {
	names := scenario.Words(scenario.Protocols())
	for _, name := range names {
		if protocols()[name] == nil {
			t.Errorf("protocol %s has nothing that answers", name)
		}
	}
	for name := range protocols() {
		if !slices.Contains(names, name) {
			t.Errorf("protocol %s is not one of %v", name, names)
		}
	}
}

func TestAnUnknownProtocolIsAnError(t *testing.T) {
	c := Config{Listen: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}, Protocol: "gopher", Threads: 1}
	if _, err := Listen(c); err == nil || !strings.Contains(err.Error(), `"gopher" is not one of`) {
		t.Errorf("Listen(gopher) = %v, want that there is no such protocol", err)
	}
}
