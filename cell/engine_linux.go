package cell

import (
	"errors"
	"fmt"

	"tcpbench/internal/fault"
	"tcpbench/internal/uring"
	"tcpbench/results"
	"tcpbench/scenario"
)

// chooseEngine resolves an engine's name for this host. fallback is why auto
// did not get io_uring, which a reader of the figures must know.
func chooseEngine(name scenario.EngineName) (chosen scenario.EngineName, fallback *results.Warning, err error) {
	if name == scenario.EngineEpoll {
		return name, nil, nil
	}
	return resolveEngine(name, uring.Probe())
}

// resolveEngine chooses with what the probe said.
func resolveEngine(name scenario.EngineName, probed error) (scenario.EngineName, *results.Warning, error) {
	switch {
	case probed == nil:
		return scenario.EngineIOUring, nil, nil
	case name == scenario.EngineAuto:
		return scenario.EngineEpoll, &results.Warning{Code: "engine", Text: "epoll ran in place of io_uring: " + probed.Error()}, nil
	case errors.Is(probed, errors.ErrUnsupported):
		return "", nil, fault.Host(fmt.Errorf("engine: %w; --engine epoll does without", probed))
	default:
		return "", nil, fmt.Errorf("engine: %w", probed)
	}
}
