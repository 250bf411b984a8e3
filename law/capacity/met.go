package capacity

import "fmt"

// Met is what this tool's connections end at. The zero value is the server of its lab.
type Met string

const (
	MeetsProxy  Met = "proxy"  // of the lab, before the server
	MeetsTarget Met = "target" // outside a lab
	MeetsOther  Met = "server" // of the lab, of the user's command
)

// sources is how this tool connects from n addresses, which a lab makes.
func (m Met) sources(n int) string {
	if m == MeetsTarget {
		return "--source with their addresses"
	}
	return fmt.Sprintf("--source %d", n)
}

// destinations is how this tool connects to n of them; "" where no flag adds any: the
// lab's flag is of its own server.
func (m Met) destinations(n int) string {
	switch m {
	case "":
		return fmt.Sprintf("--destinations %d", n)
	case MeetsTarget:
		return "name them all"
	default:
		return ""
	}
}
