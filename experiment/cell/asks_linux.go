package cell

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"tcpbench/scenario"
)

// sameName refuses https targets at one address that have several names: a connection
// asks for one (SNI).
func sameName(p *Place) error {
	s, _ := scenario.SchemeNamed(p.Scheme)
	for _, asks := range p.Asks {
		for _, a := range asks {
			if s.TLS && a.Authority != asks[0].Authority {
				return fmt.Errorf("targets https://%s and https://%s have one address, and a connection of TLS asks "+
					"for one name; run them one after the other", asks[0].Authority, a.Authority)
			}
		}
	}
	return nil
}

// twice refuses two ways to say who asks.
func twice(w scenario.Workload, p *Place) error {
	has := false
	for _, t := range p.targets {
		has = has || t.Credentials != ""
	}
	for _, f := range w.Header {
		name, _, _ := strings.Cut(f, ":")
		if has && http.CanonicalHeaderKey(strings.TrimSpace(name)) == "Authorization" {
			return errors.New("header: a user in the target makes a field Authorization too; leave one of them out")
		}
	}
	return nil
}
