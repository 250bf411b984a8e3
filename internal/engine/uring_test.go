package engine_test

import (
	"testing"

	"tcpbench/internal/engine"
	"tcpbench/internal/engine/enginetest"
	"tcpbench/internal/uring/uringtest"
)

func TestUring(t *testing.T) {
	uringtest.Require(t)
	enginetest.Run(t, enginetest.Subject{Engine: engine.Uring})
}
