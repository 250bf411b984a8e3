package exhaustion

import (
	"fmt"

	"tcpbench/internal/figure"
)

// resets says that RSTs of the server may have ended TIME_WAITs, so that more
// connections found a port than the law has; false where there were not as many. An
// RST that meets a TIME_WAIT ends it while net.ipv4.tcp_rfc1337 is 0
// (tcp_timewait_state_process). A server answers with one what arrives once its socket
// is gone: an ACK that another CPU overtook, or a FIN that was sent again.
func (f Facts) resets() (string, bool) {
	more := *f.Finding.AfterConnections - f.Prediction.ConnectionsUntilExhaustion
	n := f.Server["TcpOutRsts"]
	if more <= 0 || n < more || f.OneHost || f.Settings.Reset || f.Finding.Elsewhere() != "" {
		return "", false
	}
	return fmt.Sprintf("the server sent %s, and one that meets a TIME_WAIT ends it, where tcp_rfc1337 is 0: its port "+
		"is free again", figure.Plural(n, "RST")), true
}
