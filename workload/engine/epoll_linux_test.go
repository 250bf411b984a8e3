package engine_test

import (
	"testing"

	"tcpbench/workload/engine"
	"tcpbench/workload/engine/enginetest"
)

func TestEpoll(t *testing.T) {
	enginetest.Run(t, enginetest.Subject{Engine: engine.Epoll, Unread: true, Early: true, Introduces: true})
}
