package engine

import (
	"time"

	"tcpbench/metrics"
	"tcpbench/workload/requestlog"
)

// note adds what became of a request of c, and of its connection where that did not get as
// far as one, to the log of requests.
func (w *worker) note(i int32, c *conn, now time.Duration, f metrics.Failure) {
	if w.Log == nil || c.rec != w.Recorder {
		return
	}
	row := w.row(c.number, c.began, c.planned)
	row.Failure, row.Reused, row.Port = f, c.reused, c.port
	if c.reused {
		row.Start = c.requested - w.Warmup
	} else if c.up > 0 {
		row.Connect = c.up - c.began
	}
	if c.answered {
		row.FirstByte = c.first - c.requested
	}
	if f.Errno == 0 {
		row.Request = now - c.requested
	}
	if w.responses != nil && c.answered {
		row.Status = uint16(w.responses[i].Status)
	}
	row.Total = now - w.Warmup - row.Start
	w.Log.Push(&row)
}

// noteRefused is note for a connection that did not get as far as a handshake.
func (w *worker) noteRefused(number int64, planned time.Duration, d dialed) {
	if w.Log == nil || w.rec != w.Recorder {
		return
	}
	row := w.row(number, d.began, planned)
	row.Failure, row.Total, row.Port = d.Failure, d.call, d.port
	w.Log.Push(&row)
}

// row is one of which is known when it began, and on which connection.
func (w *worker) row(number int64, began, planned time.Duration) requestlog.Row {
	row := requestlog.Begun(began - w.Warmup)
	row.Connection = w.Control.counted(number)
	row.Destination = int32(number % w.Plan.tuples() / int64(max(len(w.Plan.Sources), 1)))
	if w.schedule != nil {
		row.Planned = planned - w.Warmup
	}
	return row
}
