package wire

import "strings"

// Flags are the control bits of a TCP header (RFC 9293, 3.1).
type Flags uint8

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Has reports whether all of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// String writes flags as tcpdump(8) does: S, S., ., P., F., R; none are "none".
func (f Flags) String() string {
	const letters = "FSRP.UEW" // by their bits, which is tcpdump's order
	var b strings.Builder
	for i, letter := range letters {
		if f&(1<<i) != 0 {
			b.WriteRune(letter)
		}
	}
	if b.Len() == 0 {
		return "none"
	}
	return b.String()
}
