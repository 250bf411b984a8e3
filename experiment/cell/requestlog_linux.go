package cell

import (
	"tcpbench/internal/fault"
	"tcpbench/results"
	"tcpbench/workload"
	"tcpbench/workload/requestlog"
)

// logRequests begins the log of requests that the spec asks for, and returns what ends it
// and says what became of it; nil for none.
func (s Spec) logRequests(p *Place, o *workload.Options) (end func() *results.RequestLog, err error) {
	if s.Log.Path == "" {
		return func() *results.RequestLog { return nil }, nil
	}
	var names []string
	for _, a := range p.Destinations {
		if p.socket == "" {
			names = append(names, a.String())
		} else {
			names = append(names, p.socket)
		}
	}
	log, err := requestlog.Open(requestlog.Options{Path: s.Log.Path, Rows: s.Log.Rows, Workers: o.Threads,
		Destinations: names})
	if err != nil {
		return nil, fault.Usage(err)
	}
	o.Log = log.Ring
	return func() *results.RequestLog {
		st := log.Close()
		out := &results.RequestLog{File: s.Log.Path, Rows: st.Rows, Bytes: st.Bytes, Lost: st.Lost, Beyond: st.Beyond,
			CPUS: st.CPU.Seconds()}
		if st.Err != nil {
			out.Error = st.Err.Error()
		}
		return out
	}, nil
}
