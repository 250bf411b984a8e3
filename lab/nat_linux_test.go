package lab

import (
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
	"github.com/mdlayher/netlink/nltest"
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

// The kernel answers the first message of a kind that it lacks, through the library and with
// the numbers that nfnetlink.c and nf_tables_api.c give.
func TestWhatTheKernelAnswersWhereItLacksAPart(t *testing.T) {
	const batch, table, chain, rule = unix.NFNL_MSG_BATCH_BEGIN, unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_NEWTABLE,
		unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_NEWCHAIN, unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_NEWRULE
	tests := []struct {
		name    string
		message netlink.HeaderType
		errno   unix.Errno
		want    string // "" for none
		status  int
	}{
		{"all there is", 0, 0, "", 0},
		{"no nf_tables", batch, unix.EOPNOTSUPP, "this kernel lacks nf_tables (CONFIG_NF_TABLES) (", fault.StatusHost},
		{"not this family", table, unix.EAFNOSUPPORT, "this kernel lacks nf_tables (CONFIG_NF_TABLES) (",
			fault.StatusHost},
		{"no chains of NAT", chain, unix.ENOENT, "this kernel lacks its NAT chains (CONFIG_NFT_NAT, CONFIG_NF_NAT)",
			fault.StatusHost},
		{"no expression of NAT", rule, unix.ENOENT, "this kernel lacks a part of its NAT rules", fault.StatusHost},
		{"no right", table, unix.EPERM, "set up the NAT: ", fault.StatusHost},
		{"no memory", rule, unix.ENOMEM, "cannot allocate memory", fault.StatusFailed},
	}
	n := NAT{Ports: scenario.PortRange{Lo: 1, Hi: 2}, Addrs: []netip.Addr{netip.MustParseAddr("10.0.0.1")}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := nftables.New(nftables.WithTestDial(func(asked []netlink.Message) ([]netlink.Message, error) {
				for _, m := range asked {
					if m.Header.Type == tt.message {
						return nltest.Error(int(tt.errno), []netlink.Message{m})
					}
				}
				return nil, io.EOF // no answer to read
			}))
			if err != nil {
				t.Fatal(err)
			}
			err = n.applyBy(c)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) ||
				fault.Status(err) != tt.status {
				t.Errorf("apply = %v with status %d, want %q with %d", err, fault.Status(err), tt.want, tt.status)
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
