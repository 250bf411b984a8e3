package engine

import (
	"fmt"

	"tcpbench/scenario"
)

// drivers is what runs each of scenario.Engines; auto is resolved before.
func drivers() map[scenario.EngineName]Engine {
	return map[scenario.EngineName]Engine{
		scenario.EngineIOUring: Uring,
		scenario.EngineEpoll:   Epoll,
		scenario.EngineNetHTTP: NetHTTP,
		scenario.EngineHey:     Hey,
		scenario.EngineExec:    Exec,
	}
}

// Named is the engine of a name; one that there is not is an error.
func Named(name scenario.EngineName) (Engine, error) {
	drive, ok := drivers()[name]
	if !ok {
		return nil, fmt.Errorf("engine: nothing runs %q", name)
	}
	return drive, nil
}
