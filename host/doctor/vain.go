package doctor

import (
	"fmt"
	"slices"
	"strings"

	"tcpbench/internal/suggest"
)

// Vain is a setting that somebody asked for and that does nothing here, or
// not what is often hoped.
type Vain struct {
	Asked
	Why string `json:"why"`
}

// inVain returns what of f.Asked has no effect.
func inVain(f Facts) []Vain {
	var out []Vain
	for i, a := range f.Asked {
		if why := whyInVain(f, a, f.Asked[i+1:]); why != "" {
			out = append(out, Vain{a, why})
		}
	}
	return out
}

// whyInVain says why a does nothing, "" when it does what it says.
func whyInVain(f Facts, a Asked, later []Asked) string {
	if why := known(f, a); why != "" {
		return why
	}
	if !concerns(a.Name) {
		return ""
	}
	if a.Exists && a.Now == a.Value {
		return "" // whatever else is asked for, and in whatever order files are applied
	}
	for _, l := range slices.Backward(later) {
		if l.Name == a.Name && l.Value != a.Value {
			return fmt.Sprintf("%s:%d sets %s later, and the later line counts", l.File, l.Line, l.Value)
		}
	}
	switch {
	case !a.Exists && strings.HasPrefix(a.Name, "net.netfilter."):
		return "it exists only while the module nf_conntrack is loaded, and here it is not"
	case !a.Exists:
		return "this kernel does not have it" + suggest.DidYouMean(a.Name, Names())
	case a.Now != "" && a.Now != a.Value:
		return fmt.Sprintf("the kernel has %s: it was set again, was refused, or this network namespace is not "+
			"the one that the file is applied to (each begins with the kernel's defaults); "+
			"sysctl -w %s=%q sets it here",
			a.Now, a.Name, a.Value)
	}
	return ""
}

// concerns tells the settings whose fate matters here.
func concerns(name string) bool {
	for _, prefix := range []string{"net.ipv4.tcp_", "net.ipv4.ip_local_", "net.core.", "net.netfilter."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains(Names(), name)
}

// known are the settings of a hundred tuning guides that do something else.
func known(f Facts, a Asked) string {
	switch a.Name {
	case "net.ipv4.tcp_tw_recycle":
		if !a.Exists {
			return "gone since Linux 4.12: it broke connections of clients behind NAT; " +
				"net.ipv4.tcp_tw_reuse=1 is what helps a client"
		}
		return "it refuses connections of clients behind NAT, and is gone since Linux 4.12; use net.ipv4.tcp_tw_reuse=1"
	case "net.ipv4.tcp_tw_timeout":
		if !a.Exists {
			return "only some vendors' kernels have it (Alibaba Cloud Linux 2 and 3): " +
				"here TIME_WAIT lasts for 60 s, compiled in (TCP_TIMEWAIT_LEN)"
		}
	case "net.ipv4.tcp_fin_timeout":
		if a.Value != "60" {
			return "it does not shorten TIME_WAIT, which lasts for 60 s, compiled in (TCP_TIMEWAIT_LEN): " +
				"it is how long an orphaned connection stays in FIN_WAIT_2"
		}
	case "net.ipv4.tcp_tw_reuse":
		if a.Value == "1" && !f.Law.Timestamps {
			return "it needs net.ipv4.tcp_timestamps, which is off"
		}
	case "net.ipv4.ip_conntrack_max", "net.ipv4.netfilter.ip_conntrack_max":
		if !a.Exists {
			return "its name since Linux 2.6.20 is net.netfilter.nf_conntrack_max"
		}
	}
	return ""
}
