package main

import (
	"context"
	"os"
	"time"

	"tcpbench/scenario"
)

// panickingView is this program with a view whose goroutine panics when q is pressed.
const panickingView = "tcpbench-panics"

func panicInView() {
	d := newDisplay(streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, kernel: thisKernel()}, progressAuto)
	d.open(context.Background())
	d.mu.Lock()
	d.cancel = func() { panic("provoked") }
	d.mu.Unlock()
	d.beginNamed("run", scenario.DefaultWorkload(), nil)
	time.Sleep(time.Minute) // as who measures does
}
