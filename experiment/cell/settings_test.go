package cell

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpbench/internal/fault"
	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

func workloadWith(t *testing.T, options ...string) scenario.Workload {
	t.Helper()
	w := scenario.DefaultWorkload()
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		if err := w.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestSettingsFollowTheWorkloadAndTheSysctls(t *testing.T) {
	sysctls := capacity.DefaultSysctls()
	sysctls["net.ipv4.ip_local_port_range"] = "40000 40999"
	sysctls["net.ipv4.ip_local_reserved_ports"] = "40000-40099"
	sysctls["net.ipv4.tcp_tw_reuse"] = "1"
	sysctls["net.ipv4.tcp_tw_reuse_delay"] = "200"
	far := []netip.AddrPort{netip.MustParseAddrPort("198.19.0.1:7000"), netip.MustParseAddrPort("198.19.0.1:7001")}

	s, err := settings(workloadWith(t, "linger=0", "close=server", "bind-no-port=false"), sysctls, nil, 2, far)
	if err != nil {
		t.Fatal(err)
	}
	if s.Ports != 900 || s.Sources != 2 || s.Destinations != 2 || s.Reset || !s.ServerCloses || !s.BindReserves ||
		s.Reuse != 1 || s.ReuseDelay != 200*time.Millisecond || s.Loopback {
		t.Errorf("settings = %+v", s)
	}
	s, err = settings(workloadWith(t, "server-close=unread"), sysctls, nil, 1, far)
	if err != nil || !s.Reset || s.ServerCloses {
		t.Errorf("settings of a server that leaves requests unread = %+v, %v, want RST", s, err)
	}
	s, err = settings(workloadWith(t, "server-close=unanswered"), sysctls, nil, 1, far)
	if err != nil || s.Reset || !s.ServerCloses {
		t.Errorf("settings of a server that closes unasked = %+v, %v, want that it holds the TIME_WAIT", s, err)
	}
	s, err = settings(workloadWith(t, "port-select=walk", "source-ports=50000-50099"), sysctls, nil, 0,
		[]netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")})
	if err != nil {
		t.Fatal(err)
	}
	if s.Ports != 100 || s.Sources != 1 || !s.Walk || !s.Loopback || s.BindReserves {
		t.Errorf("settings of a walk = %+v", s)
	}
}

func TestSettingsRefusePortsThatTheKernelWouldIgnore(t *testing.T) {
	_, err := settings(workloadWith(t, "source-ports=50000-50099"),
		map[string]string{"net.ipv4.ip_local_port_range": "40000 40999"}, nil, 0, nil)
	if fault.Status(err) != fault.StatusUsage {
		t.Errorf("settings = %v, want a usage error", err)
	}
}
