package engine

import (
	"net"
	"time"

	"tcpbench/metrics"
	"tcpbench/workload/requestlog"
)

// note adds what became of the request to the log of requests. The caller holds the lock.
func (x *exchange) note(now time.Duration, status int, f metrics.Failure) {
	c := x.client
	if c.Log == nil || x.rec != c.Recorder {
		return
	}
	row := requestlog.Begun(x.began - c.Warmup)
	row.Total, row.Connection, row.Destination = now-x.began, -1, int32(x.service.index)
	row.Status, row.Reused, row.Failure = uint16(status), x.reused, f
	if c.Pacer != nil {
		row.Planned = x.planned - c.Warmup
	}
	if n := x.conn; n != nil {
		x.noteConn(&row, n)
		if first := x.first.Load(); first != 0 {
			row.FirstByte = time.Duration(first)
		}
		if f.Errno == 0 {
			row.Request = now - x.requested
		}
	}
	c.Log.Push(&row)
}

// noteConn adds what is known of the request's connection.
func (x *exchange) noteConn(row *requestlog.Row, n *netConn) {
	row.Connection = n.number
	if a, ok := n.LocalAddr().(*net.TCPAddr); ok {
		row.Port = uint16(a.Port)
	}
	if !x.reused {
		row.Connect = n.connect
		if n.shook > 0 {
			row.TLS = n.shook
		}
	}
}

// dialFailed keeps why a dial that a request waits for failed. The caller holds the lock.
func (x *exchange) dialFailed(f metrics.Failure) {
	if x != nil {
		x.dialed = f
	}
}

// noDial is why a request has no connection: its dial failed, or it was given up.
func (x *exchange) noDial() metrics.Failure {
	if x.dialed.Errno != 0 {
		return x.dialed
	}
	return metrics.Failure{Call: metrics.CallConnect, Errno: metrics.ErrCanceled}
}
