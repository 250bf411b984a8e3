//go:build !man

// Command tcpbench measures how many TCP connections per second a client can
// open, what stops it, and which change helps.
package main

import "os"

func main() {
	role()
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
