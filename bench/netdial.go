package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// netDialLoop is what a Go program would write: as many goroutines as there
// are connections in flight, each in a loop over net.Dial.
func netDialLoop(procs int) contender {
	return contender{
		name:   fmt.Sprintf("net.Dial loop, GOMAXPROCS=%d", procs),
		server: echoServer(),
		run:    inProcess(procs, netDial),
	}
}

func netDial(_ context.Context, l load) (tally, error) {
	var done atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, l.inFlight)
	end := time.Now().Add(l.turn)
	for i := range l.inFlight {
		wg.Go(func() {
			for ; errs[i] == nil && time.Now().Before(end); done.Add(1) {
				errs[i] = dialOnce(l.target.String())
			}
		})
	}
	wg.Wait()
	n := done.Load()
	return tally{Connections: &n}, errors.Join(errs...)
}

func dialOnce(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
		return err
	}
	var b [1]byte
	if _, err := conn.Write(b[:]); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, b[:])
	return err
}
