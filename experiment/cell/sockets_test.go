package cell

import (
	"testing"

	"tcpbench/law/capacity"
	"tcpbench/scenario"
)

func TestSocketsAreKeptWhereTheServersTimeWaitsTakeThem(t *testing.T) {
	const server = scenario.CloseServer
	tests := []struct {
		name    string
		close   scenario.ClosePolicy
		ports   int
		stamped bool
		want    scenario.SocketUse
	}{
		{"the server closes first", server, 28232, true, scenario.SocketsKeep},
		{"its timestamps are off, or not known", server, 28232, false, scenario.SocketsFresh},
		{"ports that are taken again within a millisecond", server, 1000, true, scenario.SocketsFresh},
		{"the client holds the TIME_WAITs", scenario.CloseClient, 1000, false, scenario.SocketsKeep},
		{"the client sends its FIN first", scenario.CloseShutdown, 1000, false, scenario.SocketsKeep},
	}
	for _, tt := range tests {
		w := scenario.DefaultWorkload()
		w.Close = tt.close
		if got := sockets(w, capacity.Settings{Ports: tt.ports}, tt.stamped); got != tt.want {
			t.Errorf("%s: sockets() = %s, want %s", tt.name, got, tt.want)
		}
		w.Sockets = scenario.SocketsFresh
		if got := sockets(w, capacity.Settings{Ports: tt.ports}, tt.stamped); got != scenario.SocketsFresh {
			t.Errorf("%s, fresh ones asked for: sockets() = %s", tt.name, got)
		}
		w.Sockets, w.NAT.Ports = scenario.SocketsKeep, scenario.PortRange{Lo: 1, Hi: 2}
		if got := sockets(w, capacity.Settings{Ports: tt.ports}, tt.stamped); got != scenario.SocketsFresh {
			t.Errorf("%s, behind a NAT: sockets() = %s", tt.name, got)
		}
	}
}
