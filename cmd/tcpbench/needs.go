package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet"
	"tcpbench/experiment/maxrate"
	"tcpbench/host/doctor"
	"tcpbench/host/netns"
	"tcpbench/internal/fault"
	"tcpbench/lab/target"
	"tcpbench/law/headroom"
)

// kernel is what commands need of Linux. There is none of it elsewhere, where
// they say so ([streams.needLinux]); all else reads files, and works anywhere.
type kernel struct {
	measure cell.Measurer
	held    maxrate.Held
	sysctls func() map[string]string
	hz      func() int
	name    func() string
	facts   func(root fs.FS, top int) (doctor.Facts, error)
	factsIn func(network string, pid, top int) (doctor.Facts, error)
	sockets func(network string) (reader, error) // "" is where this process is
	spaces  func(most, top int) spaceReader
	listen  func(target.Config) (target.Server, error)
	agent   func(context.Context, *agentFlags, streams) error

	fleet    *fleet.Fleet // nil where this host alone measures
	launcher launcher

	keys       func(tty *os.File) (keyboard, error)
	foreground func(tty *os.File) bool
}

// reader reads the use of local ports until close frees it.
type reader struct {
	read  func() (headroom.Reading, error)
	close func() error
}

// goneError says that what was read is there no longer, and never will be.
type goneError struct{ error }

func (e goneError) Unwrap() error { return e.error }

// spaceReader reads that of all network namespaces until close frees it.
type spaceReader struct {
	read  func() (netns.View, error)
	close func() error
}

// needLinux is an error of this host where there is no Linux; what is the
// command that needs it.
func (s streams) needLinux(what string) error {
	if s.kernel != nil {
		return nil
	}
	return fault.Host(fmt.Errorf("%s needs Linux, and this is %s; here you can show and judge results from there "+
		"(compare, gate, report, plot, history, claims) and predict "+
		"(plan with --defaults or a RESULT, sweep --dry-run)",
		what, runtime.GOOS))
}
