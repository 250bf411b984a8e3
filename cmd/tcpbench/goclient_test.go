package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

// goClient is a client program: it connects, exchanges 64 bytes and closes, until connect(2)
// fails, and then writes how often it had not.
func goClient() {
	for n := 0; ; n++ {
		c, err := net.Dial("tcp", os.Args[1])
		if err != nil {
			fmt.Fprintf(os.Stderr, "after %d: %v\n", n, err)
			os.Exit(1)
		}
		if _, err := c.Write(make([]byte, 64)); err == nil {
			_, _ = io.ReadFull(c, make([]byte, 64)) // a failure shows in what the server saw
		}
		c.Close()
	}
}
