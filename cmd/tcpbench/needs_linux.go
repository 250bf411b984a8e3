package main

import (
	"tcpbench/experiment/cell"
	"tcpbench/host"
	"tcpbench/internal/machine"
	"tcpbench/lab/target"
	"tcpbench/law/headroom"
)

// role runs the part of a cell that this process was started for, if any.
func role() { cell.Role() }

// thisKernel is the kernel of this host.
func thisKernel() *kernel {
	return &kernel{
		measure: cell.Measure,
		held:    cell.Held,
		sysctls: cell.Sysctls,
		hz:      machine.HZ,
		name:    machine.Kernel,
		facts:   host.Facts,
		sockets: openSockets,
		listen:  target.Listen,
	}
}

func openSockets() (reader, error) {
	s, err := host.Open()
	if err != nil {
		return reader{}, err
	}
	read := func() (headroom.Reading, error) { r, _, err := s.Read(); return r, err }
	return reader{read, s.Close}, nil
}
