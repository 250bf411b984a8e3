package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"

	"tcpbench/internal/fault"
	"tcpbench/scenario"
)

func TestWhereTheKernelHasNoNATWhatIsMissingIsSaid(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		want   string
		status int
	}{
		{"no nfnetlink", unix.EPROTONOSUPPORT, "this kernel lacks nf_tables", fault.StatusHost},
		{"no subsystem", unix.EINVAL, "this kernel lacks nf_tables", fault.StatusHost},
		{"no expression", unix.ENOENT, "modprobe -a nf_tables nft_nat", fault.StatusHost},
		{"no family", unix.EAFNOSUPPORT, "or leave out --nat", fault.StatusHost},
		{"no right", unix.EPERM, "set up the NAT: operation not permitted", fault.StatusHost},
		{"a fault of another kind", unix.ENOMEM, "set up the NAT: cannot allocate memory", fault.StatusFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := noNAT("nf_tables", tt.err)
			if !strings.Contains(err.Error(), tt.want) || fault.Status(err) != tt.status {
				t.Errorf("noNAT(%v) = %q with status %d, want %q with %d", tt.err, err, fault.Status(err), tt.want,
					tt.status)
			}
		})
	}
}

// Of those that are left, each rule takes every one of so many, and the last takes all.
func TestAddressesInTurnHaveARuleEach(t *testing.T) {
	n := NAT{Ports: scenario.PortRange{Lo: 1, Hi: 2}, InTurn: true}
	for range 3 {
		n.Addrs = append(n.Addrs, netip.MustParseAddr("10.0.0.1"))
	}
	var got []uint32
	for _, rule := range n.rules()[1:] {
		modulus := uint32(1)
		for _, e := range rule {
			if g, ok := e.(*expr.Numgen); ok {
				modulus = g.Modulus
			}
		}
		got = append(got, modulus)
	}
	if len(got) != 3 || got[0] != 3 || got[1] != 2 || got[2] != 1 {
		t.Errorf("rules take one of %v, want one of 3, of 2, and of 1", got)
	}
}
