package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"syscall"
	"time"

	"github.com/rakyll/hey/requester"

	"tcpbench/metrics"
)

// heyOutput has hey print all that it knows: its summary and its CSV round to
// 100 us.
const heyOutput = `{{ jsonify . }}`

// parseHey reads hey's report. It is blank when every request has failed: its
// averages are then 0/0, which JSON does not have.
func parseHey(out []byte) (*requester.Report, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, nil
	}
	var report requester.Report
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, fmt.Errorf("read its report: %w", err)
	}
	n := len(report.Lats)
	for _, l := range [][]float64{report.ReqLats, report.DelayLats, report.ResLats} {
		if len(l) != n {
			return nil, fmt.Errorf("read its report: %d latencies of one phase and %d of another", len(l), n)
		}
	}
	if len(report.StatusCodes) != n {
		return nil, fmt.Errorf("read its report: %d statuses and %d latencies", len(report.StatusCodes), n)
	}
	return &report, nil
}

// finish puts hey's report into the recorder and hands it over. Dials that are
// still under way get the time that one may take.
func (r *heyRun) finish(report *requester.Report) error {
	// When each of its goroutines has ended is not reported.
	r.Recorder.Drained = time.Duration(r.Concurrency) * max(r.now()-r.Control.Offered(), 0)
	done := make(chan struct{})
	go func() { // ends with the last dial, at the latest when the kernel gives it up
		r.pending.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(r.Plan.Timeout):
	case <-r.ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	for ; r.opened > 0; r.opened-- {
		r.Recorder.Fail(metrics.CallConnect, r.gaveUp())
		r.Recorder.Obtained++
		r.early++
	}
	r.record(report)
	if r.Control.Exhausted() != nil {
		r.Recorder.ObtainedAtExhaustion = r.early
	}
	r.Cut(r.Recorder.Cut(0, nil), r.now(), true)
	return r.err
}

// gaveUp is why a dial that is still under way does not matter any more.
func (r *heyRun) gaveUp() syscall.Errno {
	if r.Control.canceled.Load() {
		return metrics.ErrCanceled
	}
	return metrics.ErrTimeout
}

// record adds what hey's report says; nil says that every request has failed.
// The caller holds the lock.
func (r *heyRun) record(report *requester.Report) {
	rec, failed := r.Recorder, r.begun
	if report != nil {
		failed = 0
		for _, n := range report.ErrorDist {
			failed += int64(n)
		}
		rec.Requests = report.NumRes - failed
		r.recordLatencies(report)
	}
	rec.Client.FailedRequests = failed
	// Those that never got a connection have failed with their dial.
	for range failed - (r.begun - r.served) {
		if rec.Failed == rec.Attempted { // others failed on a connection that had
			rec.Outcomes.Add(metrics.CallRecv, metrics.ErrOther)
			continue
		}
		rec.Fail(metrics.CallRecv, metrics.ErrOther)
	}
	if r.used != nil {
		rec.Client.Unused = max(min(r.ready-int64(len(r.used)), rec.Attempted-rec.Failed), 0)
	}
	rec.Succeeded = rec.Attempted - rec.Failed - rec.Client.Unused
}

// recordLatencies adds the latencies and statuses of the first million answers.
func (r *heyRun) recordLatencies(report *requester.Report) {
	rec := r.Recorder
	for i, whole := range report.Lats {
		first := report.ReqLats[i] + report.DelayLats[i]
		rec.FirstByte.Record(seconds(first))
		rec.Request.Record(seconds(first + report.ResLats[i]))
		rec.Service.Record(seconds(whole))
		rec.Statuses.Add(report.StatusCodes[i])
	}
}

func seconds(s float64) time.Duration { return time.Duration(math.Round(s * float64(time.Second))) }
