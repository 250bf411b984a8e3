// Package capture keeps the first TCP segments that a network device sends
// and receives, as tcpdump(8) would, and writes them as a file that it reads.
//
// It looks with a packet socket (packet(7)) in the network namespace of the
// calling process, which needs CAP_NET_RAW there: in a lab everybody has it.
package capture
