package cell

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"tcpbench/internal/procnet"
	"tcpbench/internal/sockdiag"
	"tcpbench/lab"
	"tcpbench/law/capacity"
	"tcpbench/metrics"
	"tcpbench/results"
)

// settleTime is what connections between all hosts get to be closed on both
// sides, once the last request was answered.
const settleTime = 300 * time.Millisecond

// watch samples what each host of a lab has while a run goes on. Outside a lab
// it watches nothing: this host is not the run's alone.
type watch struct {
	interval time.Duration
	mu       sync.Mutex // guards the samples of the watched
	watched  []*watched

	start time.Time
	beat  *beat // of the sampling; nil before it begins
}

// watched is one host.
type watched struct {
	name    string
	hosts   procnet.Hosts    // it, or all clients together
	mu      sync.Mutex       // guards sockets
	sockets *sockdiag.Lister // opened in its namespace
	towards []netip.AddrPort // whose ports are counted; none where they are not
	host    results.Host
	ended   int // TIME_WAITs that it is known to have
	samples metrics.Timeline[results.HostSample]
	err     error // the first
}

// watch gets ready to sample every host of the place.
func (p *Place) watch(interval time.Duration) (*watch, error) {
	w := &watch{interval: interval}
	if p.server == nil {
		return w, nil
	}
	client := newWatched("client", procnet.Hosts{PID: "self", Networks: p.networks})
	client.open()
	w.watched = append(w.watched, client)
	for _, one := range p.apart() {
		h := newWatched(one.name, procnet.Hosts{PID: strconv.Itoa(one.pid())})
		h.err = lab.Inside(one.pid(), func() error { h.open(); return nil })
		w.watched = append(w.watched, h)
		if one == p.proxy {
			if err := h.count(p.backend, p.proxySysctls); err != nil {
				w.close()
				return nil, err
			}
		}
	}
	return w, nil
}

func newWatched(name string, hosts procnet.Hosts) *watched {
	return &watched{name: name, hosts: hosts,
		samples: metrics.Timeline[results.HostSample]{Join: results.HostSample.Join}}
}

// open opens the sockets to ask through, of a host in the calling thread's namespace.
func (h *watched) open() {
	var err error
	h.sockets, err = sockdiag.OpenIn(h.hosts.Networks)
	h.err = cmp.Or(h.err, err)
}

// count has the ports towards the backend counted, of so many as the sysctls
// leave.
func (h *watched) count(backend []netip.AddrPort, sysctls map[string]string) error {
	local, reserved, err := capacity.PortsFromSysctls(sysctls)
	if err != nil {
		return fmt.Errorf("the proxy's ports: %w", err)
	}
	n := len(capacity.Ports(local, capacity.Range{}, reserved)) * len(backend)
	h.towards, h.host.PortsCapacity = backend, &n
	return nil
}

// begin takes the first sample, and goes on at the interval until end.
func (w *watch) begin() {
	if len(w.watched) == 0 {
		return
	}
	w.start = time.Now()
	w.sample()
	w.beat = newBeat(w.interval, func(time.Time) { w.sample() })
}

// end waits, for a moment at most, until no connection is being closed, and
// takes the last sample. The client is known to have so many TIME_WAITs; nil where that is
// not known.
func (w *watch) end(timeWaits *int) {
	if w.beat.end(); w.beat == nil {
		return
	}
	if timeWaits != nil {
		w.watched[0].ended = *timeWaits
	}
	for end := time.Now().Add(settleTime); ; time.Sleep(time.Millisecond) {
		samples, closing := w.look()
		if !closing || time.Now().After(end) {
			w.keep(samples)
			return
		}
	}
}

// close ends the sampling and frees its sockets.
func (w *watch) close() {
	w.beat.end()
	for _, h := range w.watched {
		if h.sockets != nil {
			h.sockets.Close()
		}
	}
}

func (w *watch) sample() {
	samples, _ := w.look()
	w.keep(samples)
}

// look reads what every host has, and whether a connection is being closed.
func (w *watch) look() (samples []results.HostSample, closing bool) {
	for _, h := range w.watched {
		s, some := h.sample(time.Since(w.start).Seconds())
		samples, closing = append(samples, s), closing || some
	}
	return samples, closing
}

func (w *watch) keep(samples []results.HostSample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, h := range w.watched {
		h.host.Note(samples[i])
		h.samples.Add(samples[i])
	}
}

// see has the samples kept around the first failure.
func (w *watch) see(iv metrics.Interval) {
	if iv.Failed == 0 && iv.ServerErrors == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, h := range w.watched {
		h.samples.Once(metrics.MarkFailed)
	}
}

// sample reads what the host has, and whether a connection of it is being closed. What
// cannot be read is left out. TIME_WAITs are read last: where none was being closed before,
// they are all there.
func (h *watched) sample(at float64) (s results.HostSample, closing bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.TS = at
	if h.sockets != nil {
		closing = h.list(&s)
	}
	if n, err := h.hosts.TimeWaits(); err == nil {
		s.TimeWait = &n
	} else {
		h.err = cmp.Or(h.err, err)
	}
	return s, closing
}

// list reads what has to be listed, and whether a connection is being closed.
func (h *watched) list(s *results.HostSample) (closing bool) {
	if len(h.towards) > 0 {
		s.PortsInUse = h.ports()
	}
	n, err := h.closing()
	if err != nil {
		h.err = cmp.Or(h.err, err)
		return false
	}
	s.FinWait2, s.CloseWait, s.LastAck = new(n[sockdiag.FinWait2]), new(n[sockdiag.CloseWait]), new(n[sockdiag.LastAck])
	return len(n) > 0
}

// ports are those in use towards the backend; nil where that is not known.
func (h *watched) ports() *int {
	n := 0
	if err := h.sockets.Towards(h.towards, sockdiag.AnyState, func(sockdiag.Socket) { n++ }); err != nil {
		h.err = cmp.Or(h.err, err)
		return nil
	}
	return &n
}

// closing counts the sockets that wait for a step of closing, by their states.
func (h *watched) closing() (map[sockdiag.State]int, error) {
	const states = 1<<sockdiag.FinWait1 | 1<<sockdiag.FinWait2 |
		1<<sockdiag.CloseWait | 1<<sockdiag.LastAck | 1<<sockdiag.Closing
	n := map[sockdiag.State]int{}
	if h.atRest() {
		return n, nil
	}
	err := h.sockets.Connections(0, 65535, states, func(c sockdiag.Connection) { n[c.State]++ })
	return n, err
}

// atRest reports whether the host has no sockets but listeners, which are listed in no
// time, and the TIME_WAITs that it is known to have.
func (h *watched) atRest() bool {
	if n, err := h.hosts.Sockets(); err != nil || n.TimeWaits != h.ended {
		return false
	}
	listeners := 0
	if err := h.sockets.Listeners(func(sockdiag.Listener) { listeners++ }); err != nil {
		return false
	}
	n, err := h.hosts.Sockets() // again: one may have come between the two
	return err == nil && n == (procnet.SocketCount{InUse: listeners, TimeWaits: h.ended})
}

// quiet reports whether the lab's server has no connection in any state; nil where the client's do
// not all end there, or where what ends them may be lost.
func (w *watch) quiet(p *Place) func() bool {
	if p.shared || !p.ofTwo() {
		return nil
	}
	server := w.watched[1]
	return func() bool {
		server.mu.Lock()
		defer server.mu.Unlock()
		return server.sockets != nil && server.atRest()
	}
}

// hosts are what was seen; nil outside a lab.
func (w *watch) hosts() *results.Hosts {
	if len(w.watched) == 0 {
		return nil
	}
	out := &results.Hosts{}
	for _, h := range w.watched {
		h.host.Samples = h.samples.All()
		switch h.name {
		case "client":
			out.Client = &h.host
		case "proxy":
			out.Proxy = &h.host
		case "server":
			out.Server = &h.host
		}
	}
	return out
}

// err is what could not be read.
func (w *watch) err() error {
	var errs []error
	for _, h := range w.watched {
		if h.err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", h.name, h.err))
		}
	}
	return errors.Join(errs...)
}
