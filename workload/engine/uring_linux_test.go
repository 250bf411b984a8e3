package engine_test

import (
	"testing"

	"tcpbench/internal/uring/uringtest"
	"tcpbench/workload/engine"
	"tcpbench/workload/engine/enginetest"
)

func TestUring(t *testing.T) {
	uringtest.Require(t)
	enginetest.Run(t, enginetest.Subject{Engine: engine.Uring})
}
