package engine_test

import (
	"testing"

	"tcpbench/internal/engine"
	"tcpbench/internal/engine/enginetest"
)

func TestUring(t *testing.T) { enginetest.Run(t, engine.Uring) }
