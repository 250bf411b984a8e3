package host

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestAskedReadsTheFilesInTheOrderInWhichTheyAreApplied(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	root := fstest.MapFS{
		"etc/sysctl.conf":        file("net.ipv4.tcp_tw_recycle = 1\n"),
		"etc/sysctl.d/20-b.conf": file("net.ipv4.tcp_fin_timeout = 15\n"),
		"etc/sysctl.d/10-a.conf": file("# none\nnonsense\nnet.ipv4.tcp_timestamps=1\n"),
		"etc/sysctl.d/README":    file("net.core.somaxconn = 1\n"),
	}
	got, errs := asked(root)
	want := []string{"/etc/sysctl.d/10-a.conf:net.ipv4.tcp_timestamps",
		"/etc/sysctl.d/20-b.conf:net.ipv4.tcp_fin_timeout", "/etc/sysctl.conf:net.ipv4.tcp_tw_recycle"}
	var names []string
	for _, a := range got {
		names = append(names, a.File+":"+a.Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), `10-a.conf:2: "nonsense"`) {
		t.Errorf("asked = %v, want line 2 named", errs)
	}
	if !got[0].Exists || got[0].Now == "" || got[2].Exists {
		t.Errorf("asked = %+v, want tcp_timestamps to exist with a value, and tcp_tw_recycle not to", got)
	}
	if _, errs := asked(fstest.MapFS{}); errs != nil {
		t.Errorf("asked of a host without such files = %v, want no error", errs)
	}
}

func TestProcPathStaysBelowProcSys(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.tcp_tw_reuse":            "/proc/sys/net/ipv4/tcp_tw_reuse",
		"net.ipv4.conf.eth0/100.rp_filter": "/proc/sys/net/ipv4/conf/eth0.100/rp_filter",
		"//.//.etc.passwd":                 "/proc/sys/etc/passwd",
	} {
		if got := procPath(name); got != want {
			t.Errorf("procPath(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFactsOfThisHost(t *testing.T) {
	f, err := Facts(fstest.MapFS{}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if f.Law.Ports == 0 || f.Range.Len() < f.Law.Ports || f.View.Capacity != f.Law.Ports ||
		!strings.HasPrefix(f.Kernel, "Linux ") || f.Unread != nil {
		t.Errorf("Facts = %+v", f)
	}
	if f.Counters == nil || f.Sysctls["net.ipv4.ip_local_port_range"] == "" {
		t.Errorf("Facts has no counters or no settings: %+v", f)
	}
	if f.Files == nil {
		t.Error("Facts has no limits of open files")
	}
}
