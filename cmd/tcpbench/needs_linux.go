package main

import (
	"io"
	"log"
	"os"

	"tcpbench/experiment/cell"
	"tcpbench/experiment/fleet/launch"
	"tcpbench/host"
	"tcpbench/internal/fault"
	"tcpbench/internal/machine"
	"tcpbench/lab/target"
	"tcpbench/law/headroom"
)

// role runs what this process was started for by another one of this program, if it was.
func role() {
	log.SetOutput(io.Discard) // net/http logs each answer of garbage there, which is counted as an error already
	if os.Args[0] == keysRole {
		keysMain()
		os.Exit(fault.StatusDone)
	}
	cell.Role()
}

// thisKernel is the kernel of this host.
func thisKernel() *kernel {
	return &kernel{
		measure: cell.Measure,
		held:    cell.Held,
		sysctls: cell.Sysctls,
		hz:      machine.HZ,
		name:    machine.Kernel,
		facts:   host.Facts,
		factsIn: host.FactsIn,
		sockets: openSockets,
		spaces:  openSpaces,
		listen:  target.Listen,
		agent:   runAgent,
		launcher: launcher{copy: launch.Copy,
			start: func(o launch.Options) (launched, error) { return launch.Start(o) }},

		keys:       openKeyboard,
		foreground: foreground,
	}
}

func openSockets(network string) (reader, error) {
	if network == "" {
		s, err := host.Open()
		if err != nil {
			return reader{}, err
		}
		return reader{func() (headroom.Reading, error) { r, _, err := s.Read(); return r, err }, s.Close}, nil
	}
	s, err := host.OpenIn(network)
	if err != nil {
		return reader{}, err
	}
	read := func() (headroom.Reading, error) {
		r, _, err := s.Read()
		if gone := s.StillAt(network); gone != nil {
			return headroom.Reading{}, goneError{gone}
		}
		return r, err
	}
	return reader{read, s.Close}, nil
}

func openSpaces(most, top int) spaceReader {
	s := host.OpenSpaces(most, top)
	return spaceReader{s.Read, s.Close}
}
