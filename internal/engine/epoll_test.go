package engine_test

import (
	"testing"

	"tcpbench/internal/engine"
	"tcpbench/internal/engine/enginetest"
)

func TestEpoll(t *testing.T) {
	enginetest.Run(t, enginetest.Subject{Engine: engine.Epoll, Unread: true, Early: true})
}
