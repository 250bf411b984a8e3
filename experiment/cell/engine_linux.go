package cell

import (
	"errors"
	"fmt"

	"tcpbench/internal/fault"
	"tcpbench/internal/uring"
	"tcpbench/results"
	"tcpbench/scenario"
)

// manyInFlight is from how many connections a thread io_uring costs less than
// epoll.
const manyInFlight = 8

// chooseEngine resolves an engine's name for this host and workload. fallback
// is why auto did not get io_uring, which a reader of the figures must know.
func chooseEngine(
	w scenario.Workload, scheme string,
) (chosen scenario.EngineName, fallback *results.Warning, err error) {
	e := w.EngineFor(scheme)
	if e.Name == scenario.EngineAuto && !ringPays(w, scheme) {
		return scenario.EngineEpoll, nil, nil
	}
	if e.Name == scenario.EngineAuto || e.Ring {
		return resolveEngine(e.Name, uring.Probe())
	}
	return e.Name, nil, nil
}

// chosenEngine is the row of the engine that is chosen.
func chosenEngine(w scenario.Workload, scheme string) (scenario.Engine, *results.Warning, error) {
	name, fallback, err := chooseEngine(w, scheme)
	if err != nil {
		return scenario.Engine{}, nil, err
	}
	e, err := name.Engine()
	return e, fallback, err
}

// ringPays reports whether io_uring costs less than epoll for w: 0.7 to 0.9 of its CPU
// a request where connections have many. For short ones it is no cheaper, and on a busy
// host a connect's p99 was six to ten times epoll's.
//
// Note: tried it for every workload; close=shutdown cost 12 % more CPU a
// connection, since the kernel hands every IORING_OP_SHUTDOWN to another
// thread. A close with a linger time blocks on other threads in both engines.
// What io_uring refuses is for epoll.
func ringPays(w scenario.Workload, scheme string) bool {
	ring, _ := scenario.EngineIOUring.Engine()
	return ring.Refuses(w, scheme, 1) == nil && w.Mode == scenario.ModeKeepalive && !w.Closing().HalfClose &&
		w.Linger.Timeout == 0 && w.Concurrency >= manyInFlight*w.Threads
}

// resolveEngine chooses with what the probe said.
func resolveEngine(name scenario.EngineName, probed error) (scenario.EngineName, *results.Warning, error) {
	switch {
	case probed == nil:
		return scenario.EngineIOUring, nil, nil
	case name == scenario.EngineAuto:
		text := "epoll ran instead of io_uring: " + probed.Error()
		return scenario.EngineEpoll, &results.Warning{Code: "engine", Text: text}, nil
	case errors.Is(probed, errors.ErrUnsupported):
		return "", nil, fault.Host(fmt.Errorf("engine: %w; --engine epoll does without", probed))
	default:
		return "", nil, fmt.Errorf("engine: %w", probed)
	}
}
