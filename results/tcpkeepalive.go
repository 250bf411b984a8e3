package results

import (
	"strconv"
	"time"

	"tcpbench/scenario"
)

// KeepaliveLimit is after how long of silence SO_KEEPALIVE gives a peer up, by
// the law idle + probes x interval; false without SO_KEEPALIVE. With values of
// the kernel's they are the client's sysctls, false where those are not known.
func (r *Run) KeepaliveLimit() (time.Duration, bool) {
	k := r.Options.TCPKeepalive
	if k.Alone {
		var ok bool
		if k, ok = kernelKeepalive(r.Environment.Sysctls); !ok {
			return 0, false
		}
	}
	return k.Limit(), k.Limit() > 0
}

// kernelKeepalive are the values of a socket that sets none (tcp(7)).
func kernelKeepalive(sysctls map[string]string) (k scenario.TCPKeepalive, ok bool) {
	idle, idleErr := strconv.Atoi(sysctls["net.ipv4.tcp_keepalive_time"])
	interval, intervalErr := strconv.Atoi(sysctls["net.ipv4.tcp_keepalive_intvl"])
	count, countErr := strconv.Atoi(sysctls["net.ipv4.tcp_keepalive_probes"])
	k = scenario.TCPKeepalive{Idle: time.Duration(idle) * time.Second, Interval: time.Duration(interval) * time.Second,
		Count: count}
	return k, idleErr == nil && intervalErr == nil && countErr == nil
}
