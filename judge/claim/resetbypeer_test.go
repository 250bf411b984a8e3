package claim

import (
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

// refusedBy sent 200 requests that a server accepted, and that an error ended.
func refusedBy(name, err, packets string) *results.Run {
	return result(name, server("TcpPassiveOpens", 200), func(r *results.Run) {
		r.Options.ServerClose = scenario.ServerCloseUnread
		r.Totals.Attempted, r.Totals.Succeeded, r.Totals.Failed = 200, 0, 200
		r.Totals.Errors = map[string]int64{err: 200}
		r.Packets = resultstest.Packets(1, 40000, ">S <S. >. >P. "+packets)
	})
}

// curled is the same by curl, with the exit status that is its word for it.
func curled(name, err, packets string) *results.Run {
	exit := map[string]struct {
		status int
		line   string
	}{
		"recv: ECONNRESET": {56, "curl: (N) Recv failure: Connection reset by peer"},
		"recv: EOF":        {52, "curl: (N) Empty reply from server"},
		"recv: TIMEOUT":    {28, "curl: (N) Operation timed out"},
	}[err]
	r := refusedBy(name, err, packets)
	r.Totals.Succeeded, r.Totals.Failed, r.Totals.Errors = 200, 0, map[string]int64{}
	r.Program = &results.Program{ExitStatus: &exit.status}
	r.Hosts = &results.Hosts{Client: &results.Host{Said: []results.Said{{Text: exit.line, Count: 200}}}}
	return r
}

// refusals are those of all clients, by what ended a request that was unread, and one
// that was read.
func refusals(unread, read string) []*results.Run {
	packets := map[string]string{"recv: ECONNRESET": "<R.", "recv: EOF": "<F. >F. <.", "recv: TIMEOUT": "<F. >F. <."}
	return []*results.Run{
		refusedBy("request unread", unread, packets[unread]),
		refusedBy("request read, no answer", read, packets[read]),
		refusedBy("request unread, Go's http.Client", unread, packets[unread]),
		refusedBy("request read, no answer, Go's http.Client", read, packets[read]),
		curled("request unread, curl", unread, packets[unread]),
		curled("request read, no answer, curl", read, packets[read]),
	}
}

func resetByPeerTruth() []*results.Run { return refusals("recv: ECONNRESET", "recv: EOF") }

// resetByClients are of clients that end connections themselves.
func resetByClients() []*results.Run {
	runs := resetByPeerTruth()
	runs[0].Packets = resultstest.Packets(1, 40000, ">S <S. >. >P. >R.")
	return runs
}

func TestAResetIsACloseAsWell(t *testing.T) {
	const reset, end = "recv: ECONNRESET", "recv: EOF"
	gone := resetByPeerTruth()
	gone[0].Kernel.Server["TcpPassiveOpens"] = 120
	one := refusals(end, end)
	one[2] = resetByPeerTruth()[2]
	tests := []struct {
		name string
		runs []*results.Run
		want scenario.Answer
		text string
	}{
		{"unread resets, read does not", resetByPeerTruth(), scenario.Refuted, "and not where it had read it: " +
			"request " +
			"unread: recv: ECONNRESET for 200 of 200 connections (<R.); request read, no answer: recv: EOF for " +
			"200 of 200"},
		{"both reset", refusals(reset, reset), scenario.Refuted, "whether it had read the request or not"},
		{"neither resets", refusals(end, end), scenario.Confirmed, "a server that closed sent no RST: request " +
			"unread: " +
			"recv: EOF for 200 of 200 connections (<F. >F. <.)"},
		{"one client is reset", one, scenario.Refuted, "with the request unread, and not where it had read it"},
		{"nobody is answered at all", refusals("recv: TIMEOUT", end), scenario.Unclear, "neither a reset nor the " +
			"end that clients saw"},
		{"nobody is answered where it was read", refusals(reset, "recv: TIMEOUT"), scenario.Unclear, "no answer: " +
			"recv: " +
			"TIMEOUT for 200 of 200"},
		{"the client closes", resetByClients(), scenario.Unclear, "first FIN or RST is the server's\": 0 of 1"},
		{"the server is gone", gone, scenario.Unclear, "accepts every connection\": 120 of 200"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantAnswer(t, "reset-by-peer", tt.want, tt.runs...)
			wantText(t, got, tt.text)
		})
	}
	got := wantAnswer(t, "reset-by-peer", scenario.Refuted, resetByPeerTruth()...)
	wantText(t, got, "request unread, curl: exit status 56, \"curl: (N) Recv failure: Connection reset by peer\" "+
		"for 200 of "+
		"200 connections (<R.); request read, no answer, curl: exit status 52, \"curl: (N) Empty reply from server\"")
	wantPractice(t, got, "before it has read all that came: recv: ECONNRESET for 200 of 200 connections. An end "+
		"without "+
		"an answer is one that had read it: recv: EOF for 200")
}
