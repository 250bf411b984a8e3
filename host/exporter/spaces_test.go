package exporter

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tcpbench/host/netns"
)

// spaces are the host's namespace, which is idle, and a pod's, which tracks connections.
func spaces() netns.View {
	return netns.View{Beyond: 2, Hidden: 3, Failures: 1, Unwatched: []netns.Unwatched{{Why: "not permitted"}},
		Spaces: []netns.Space{
			{Namespace: netns.Namespace{Inode: 1, First: true}},
			{Namespace: netns.Namespace{Inode: 4026532001, Host: "web-7d4", Owner: netns.Owner{Pod: "0f3f",
				Container: "abab", Cgroup: "/kubepods/pod0f3f/abab"}}, Sockets: 9, TimeWaits: 100, Headroom: view(1),
				Conntrack: &netns.Conntrack{Count: 5, Max: 10, InsertFailed: 1, Drop: 2, EarlyDrop: 3}},
		}}
}

func TestSpacesHaveLabels(t *testing.T) {
	e := NewSpaces()
	e.Set(spaces())
	e.Failed()
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	body := string(b)
	const pod = `{cgroup="/kubepods/pod0f3f/abab",container="abab",hostname="web-7d4",netns="4026532001",pod="0f3f"`
	const host = `{cgroup="",container="",hostname="",netns="host",pod=""`
	for _, want := range []string{
		"tcpbench_ports_in_use" + strings.Replace(pod, `,hostname`, `,destination="10.0.0.2:80",hostname`, 1) +
			`,source="10.0.0.1"} 105`,
		"tcpbench_netns_sockets" + pod + "} 9", "tcpbench_netns_time_waits" + pod + "} 100",
		"tcpbench_conntrack_entries" + pod + "} 5", "tcpbench_conntrack_entries_max" + pod + "} 10",
		"tcpbench_conntrack_insert_failed_total" + pod + "} 1", "tcpbench_conntrack_drop_total" + pod + "} 2",
		"tcpbench_conntrack_early_drop_total" + pod + "} 3", "tcpbench_netns_sockets" + host + "} 0",
		"tcpbench_netns_watched 2", `tcpbench_netns_not_watched{reason="limit"} 2`,
		`tcpbench_netns_not_watched{reason="error"} 1`, "tcpbench_netns_hidden_processes 3",
		"tcpbench_reading_failures_total 2", "process_cpu_seconds_total",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(body, "tcpbench_conntrack_entries"+host) {
		t.Error("connections of the host are not tracked, and there is a number of them")
	}
	lint(t, e.Gatherer())
}

func TestANamespaceThatHasEndedHasNoMetrics(t *testing.T) {
	e := NewSpaces()
	if n, err := testutil.GatherAndCount(e.Gatherer(), "tcpbench_netns_watched"); n != 0 || err != nil {
		t.Errorf("%d counts before the first reading, %v, want none", n, err)
	}
	v := spaces()
	e.Set(v)
	v.Spaces = v.Spaces[:1]
	e.Set(v)
	for name, want := range map[string]int{"tcpbench_netns_sockets": 1, "tcpbench_conntrack_entries": 0} {
		if n, err := testutil.GatherAndCount(e.Gatherer(), name); n != want || err != nil {
			t.Errorf("%d of %s after the end of the pod, %v, want %d", n, name, err, want)
		}
	}
}

// Two namespaces never have one label: Prometheus would take neither.
func TestNoTwoNamespacesHaveOneLabel(t *testing.T) {
	var v netns.View
	for _, n := range []netns.Namespace{{Inode: 1, First: true, Name: "a"}, {Inode: 2, Name: "host"},
		{Inode: 3, Name: "blue"}, {Inode: 4, Name: "pod?"}, {Inode: 5, Name: "pod?"}, {Inode: 6, Name: "7"},
		{Inode: 7}} {
		v.Spaces = append(v.Spaces, netns.Space{Namespace: n})
	}
	var got []string
	for _, labels := range labelsOf(v.Spaces) {
		got = append(got, labels[0])
	}
	if diff := cmp.Diff([]string{"host", "2", "blue", "4", "5", "6", "7"}, got); diff != "" {
		t.Errorf("labelsOf (-want +got):\n%s", diff)
	}
	e := NewSpaces()
	e.Set(v)
	if n, err := testutil.GatherAndCount(e.Gatherer(), "tcpbench_netns_sockets"); n != len(v.Spaces) || err != nil {
		t.Errorf("%d namespaces, %v, want %d", n, err, len(v.Spaces))
	}
}
