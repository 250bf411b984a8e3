package engine

import (
	"os"
	"testing"

	"tcpbench/lab/labtest"
)

func TestMain(m *testing.M) {
	labtest.Enter()
	os.Exit(m.Run())
}
