package cell

import (
	"fmt"

	"tcpbench/results"
	"tcpbench/scenario"
)

// RequestLog is a file with a line for each request. The zero value is none.
type RequestLog struct {
	// Path is the file, and Rows how many lines it has at most.
	Path string `json:"path,omitempty"`
	Rows int64  `json:"rows,omitempty"`
}

// DefaultLogRows are some 100 MB.
const DefaultLogRows = 1_000_000

// requestLog are reasons why there can be none.
func (s Spec) requestLog() []error {
	asked, w := s.Log.Path != "", s.Workload
	e := w.EngineFor(s.Scheme())
	return []error{
		scenario.Refuse(asked && !e.LogsRequests, "log-requests", "engine %s does not tell of each request; use %s",
			e.Name, "epoll, io_uring or nethttp"),
		scenario.Refuse(asked && w.Mode == scenario.ModeIdle, "log-requests",
			"mode=idle asks for nothing on its connections; leave one of them out"),
	}
}

// logWarnings are what a reader of the file must know.
func logWarnings(l *results.RequestLog) []results.Warning {
	if l == nil {
		return nil
	}
	var out []results.Warning
	warn := func(code, format string, args ...any) {
		out = append(out, results.Warning{Code: code, Text: fmt.Sprintf(format, args...)})
	}
	if l.Beyond > 0 {
		warn("request-log-full", "the log of requests has the first %d lines, as many as it may: %d later ones are "+
			"not in it; raise --log-requests-rows", l.Rows, l.Beyond)
	}
	switch {
	case l.Error != "":
		warn("request-log-failed", "%d requests are not in the log: %s", l.Lost, l.Error)
	case l.Lost > 0:
		warn("request-log-lost", "%d requests came faster than the log was written, and are not in it; a lower "+
			"--rate, or a machine with another processor for it, loses none", l.Lost)
	}
	return out
}
