//go:build !linux

package main

// role does nothing: cells are processes on Linux only.
func role() {}

// thisKernel is nil: it is not Linux.
func thisKernel() *kernel { return nil }
