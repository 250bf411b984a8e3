// Command tcpbench measures how many TCP connections per second a client can
// open, what stops it, and which change helps.
package main

import (
	"os"

	"tcpbench/experiment/cell"
)

func main() {
	cell.Role()
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
