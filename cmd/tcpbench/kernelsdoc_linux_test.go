package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// missing says what a run of make kernels did not answer: every limit with every
// engine that the kernel has and every other row that any kernel has, as root
// and as nobody, but the claims as root; with short the limits alone, as root,
// with the engine that auto takes and its usual sockets. It says too where the same
// kernel gives two answers to one row.
func missing(rows []kernelRow, short bool) []string {
	var out []string
	users := []int{0, 65534}
	if short {
		users = users[:1]
	}
	for _, kernel := range kernelsOf(rows) {
		for _, row := range rowsOf(rows) {
			engines := []string{"epoll, fresh", "epoll, keep", "io_uring, fresh"}
			isLimit := slices.ContainsFunc(limits(), func(l limit) bool { return l.name == row })
			switch {
			case !isLimit:
				engines = engines[:1] // whichever it is
			case older(kernel, [2]int{6, 11}) && short:
				engines = engines[1:2]
			case older(kernel, [2]int{6, 11}):
				engines = engines[:2]
			case short:
				engines = engines[2:]
			}
			for _, user := range users {
				if user != 0 && ofRoot(row) {
					continue
				}
				for _, engine := range engines {
					if !slices.ContainsFunc(rows, func(r kernelRow) bool {
						return r.Kernel == kernel && r.Row == row && r.User == user && (r.Engine == engine || !isLimit)
					}) {
						out = append(out, fmt.Sprintf("Linux %s as user %d on %s lacks the row %q", kernel, user,
							engine, row))
					}
				}
			}
			if got := answers(rows, kernel, row); len(got) > 1 {
				out = append(out, fmt.Sprintf("Linux %s has %d answers to %q: %q", kernel, len(got), row, got))
			}
		}
	}
	if n := len(kernelsOf(rows)); n != len(guests()) {
		out = append(out, fmt.Sprintf("%d kernels answered, want %d", n, len(guests())))
	}
	return out
}

// ofRoot reports whether root alone answers a row: claims, which take minutes, and the packets
// that a test in namespaces of its own looks at, where everybody is root.
func ofRoot(row string) bool {
	return strings.HasPrefix(row, rowClaim) || strings.Contains(row, "shutdown(SHUT_")
}

func kernelsOf(rows []kernelRow) []string {
	var out []string
	for _, r := range rows {
		if !slices.Contains(out, r.Kernel) {
			out = append(out, r.Kernel)
		}
	}
	return out
}

// rowsOf are the rows in the document's order: the limits in that of their
// table, then the others by name.
func rowsOf(rows []kernelRow) []string {
	var out, others []string
	for _, l := range limits() {
		out = append(out, l.name)
	}
	for _, r := range rows {
		if !slices.Contains(out, r.Row) && !slices.Contains(others, r.Row) {
			others = append(others, r.Row)
		}
	}
	slices.Sort(others)
	return append(out, others...)
}

// answers are those of a kernel to a row, each once.
func answers(rows []kernelRow, kernel, row string) []string {
	var out []string
	for _, r := range rows {
		if r.Kernel == kernel && r.Row == row && !slices.Contains(out, r.Got) {
			out = append(out, r.Got)
		}
	}
	return out
}

const kernelsIntro = `# The law on other kernels

` + "`make kernels`" + ` wrote this page. It runs the tests of ` + "`cmd/tcpbench/kernel_linux_test.go`" + `
on kernels of Debian 12, each in a virtual machine without KVM, as root and as nobody (uid 65534), and every limit with
each engine that the kernel has, with epoll's sockets fresh and kept. The column of Linux 6.18 is the table of those
tests, which ` + "`make test`" + ` runs on its own host.

The client has 1000 ports, 40000-40999, and one destination, unless a row says otherwise. A virtual machine has 2 GiB
of memory, and so tcp_max_tw_buckets=8192: there the default range of 28,232 ports never runs out, and the run says why.

The limits are measured with tcp_rfc1337=1. A server answers with an RST what arrives once its socket is gone, and that
RST ends the client's TIME_WAIT (RFC 1337). An emulated CPU stands still for longer than a FIN waits for its ACK, so
FINs are sent again: without it Linux 6.1 had 1001 connections on 1000 ports, for one RST of the server. On a busy host
Linux 6.18 had 1012, for 12 RSTs: probably of ACKs that another CPU overtook.
`

const claimsIntro = `
## Claims

The answers of ` + "`tcpbench sweep --short`" + `, as root, to the claims that need neither a program nor a NAT.
[claims.md](claims.md) has what each claims, and what it was measured on in full. An emulated CPU opens some hundreds of
connections a second, and stands still at times: where a claim's controls ask for more it is unclear, for the reason
below.
`

func writeKernels(rows []kernelRow) []byte {
	var b bytes.Buffer
	b.WriteString(kernelsIntro)
	all := rowsOf(rows)
	isClaim := func(row string) bool { return strings.HasPrefix(row, rowClaim) }
	rowTable(&b, "row", rows, slices.DeleteFunc(slices.Clone(all), isClaim))
	b.WriteString(claimsIntro)
	rowTable(&b, "claim", rows, slices.DeleteFunc(all, func(row string) bool { return !isClaim(row) }))
	b.WriteString("\n## Differences, and why\n\n")
	for _, line := range append(differences(), unanswered(rows)...) {
		b.WriteString(line)
	}
	b.WriteString(`
## What is left out, and why

An emulated CPU opens some hundreds of connections a second or fewer: counts are compared, never times.

`)
	for _, line := range leftOutLines() {
		b.WriteString(line)
	}
	return b.Bytes()
}

func rowTable(b *bytes.Buffer, name string, rows []kernelRow, names []string) {
	kernels := kernelsOf(rows)
	fmt.Fprintf(b, "\n| %s | Linux 6.18 | %s |\n|---|---|%s\n", name, strings.Join(kernels, " | "),
		strings.Repeat("---|", len(kernels)))
	for _, row := range names {
		b.WriteString(rowLine(rows, row))
	}
}

// rowLine is a line of the tables.
func rowLine(rows []kernelRow, row string) string {
	i := slices.IndexFunc(rows, func(r kernelRow) bool { return r.Row == row })
	cells := []string{strings.TrimPrefix(row, rowClaim), rows[i].Usual}
	for _, kernel := range kernelsOf(rows) {
		got := answers(rows, kernel, row)[0]
		if got == rows[i].Usual {
			got = "as on 6.18"
		}
		cells = append(cells, got)
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// differences are the lines of what differs between kernels, and of what does
// not although one would think so.
func differences() []string {
	var out []string
	for _, u := range unlikes() {
		out = append(out, fmt.Sprintf("- **%s**, before Linux %d.%d: %s. %s\n", u.row, u.since[0], u.since[1], u.before,
			u.why))
	}
	return append(out, "- **IP_LOCAL_PORT_RANGE** is no difference: it came with Linux 6.3, and with 6.1.32 to that "+
		"series.\n")
}

// unanswered are the lines of claims without an answer: a virtual machine was too
// slow, as each says.
func unanswered(rows []kernelRow) []string {
	var out []string
	for _, r := range rows {
		if r.Why != "" {
			out = append(out, fmt.Sprintf("- **%s** on Linux %s: %s\n", r.Row, r.Kernel, r.Why))
		}
	}
	slices.Sort(out)
	return out
}

// left are tests of the kernel that make kernels does not run.
type left struct {
	tests []string
	why   string
}

func leftOut() []left {
	return []left{
		{[]string{"TestFinTimeoutDoesNotShortenTimeWait", "TestAFINThatComesAgainBeginsTimeWaitAnew"},
			"take the kernel's minute."},
		{[]string{"TestReuseFreesPortsInBatches", "TestFinTimeoutShortensFinWait2",
			"TestFinWait2IsSustainedAtTheRateOfTheLaw", "TestTheKeepaliveTimerCountsDown",
			"TestWithoutKeepaliveThereIsNoTimer", "TestAnApplicationPingFindsTheCut",
			"TestALingerTimeBlocksBothKindsOfSocket", "TestTheThreeOutcomes"},
			"count what happens in a time, or how long it takes."},
		{[]string{"TestIPv6LosesNoTimeAtTheStart"},
			"asks that no segment is sent again; an emulated CPU stands still for longer than a segment waits."},
		{[]string{"TestANATRunsOut", "TestANATTakesOverClosedConnections", "TestTheServersTimeWaitsStallANAT",
			"TestAnUnprivilegedUserCanRunANATOutOfPorts", "TestWhatARefusedSYNCounts",
			"TestANATHoldsPortsOfClosedConnections", "TestATargetThatIsSilentIsNotTheNAT", "TestTheKneeOfANAT",
			"TestClientsBehindANATAreHosts", "TestANATOfFewPortsHasNoKnee",
			"TestAClosedConnectionAmongHeldOnesIsTakenOverAtTimes", "TestUnansweredSYNsHoldANATsPorts",
			"TestAVanishedClientHoldsANATsPorts", "TestTheTableOfANATCannotBeMadeSmall"},
			"needs nf_tables and connection tracking, which are modules of Debian's kernels that the machines do not " +
				"have."},
		{[]string{"TestThreeAgentsCountWhatTheTargetDoes", "TestAFleetRunsOutAfterAllPortsOfItsAgents",
			"TestAnAgentThatIsLostIsNamedAndItsLoadEnds", "TestAFleetWhoseCoordinatorWasKilledIsCollected",
			"TestAnAgentWhoseDiskIsFullHandsItsResultOver"},
			"needs a bridge, which is a module of Debian's kernels that the machines do not have."},
		{[]string{"TestDelivery"},
			"is about what RST throws away; on one CPU all has arrived before the RST is sent, or not, as the " +
				"scheduler has it."},
		{[]string{"TestTheFarewellOfTLSFreesPorts"},
			"is about an RST that ends a close of TLS; on one CPU the record it answers is read before, or not."},
	}
}

func leftOutLines() []string {
	var out []string
	for _, l := range leftOut() {
		out = append(out, fmt.Sprintf("- %s: %s\n", strings.Join(l.tests, ", "), l.why))
	}
	return append(out, "- What needs nginx, haproxy or hey: these are no static binaries.\n")
}
