package capacity

import (
	"strings"
	"testing"
)

func TestEveryCloudNamesItsSource(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Clouds() {
		if c.Name == "" || seen[c.Name] || c.Ports == 0 || !strings.HasPrefix(c.Source, "https://") || c.Dated == "" {
			t.Errorf("%+v lacks a name of its own, ports, a source or its date", c)
		}
		if c.Hold == 0 && !strings.Contains(c.Says, "is not documented") {
			t.Errorf("%s: %q does not say that how long it keeps a port is not documented", c.Name, c.Says)
		}
		seen[c.Name] = true
	}
}
