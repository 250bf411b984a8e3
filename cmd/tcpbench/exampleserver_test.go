package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"
)

// exampleServer is a program that a project might have: it answers after -delay, works
// on -at-once requests at a time, and with -ends ends each connection with its answer.
func exampleServer() {
	listen := flag.String("listen", "", "")
	delay := flag.Duration("delay", 0, "")
	atOnce := flag.Int("at-once", 1<<20, "")
	ends := flag.Bool("ends", false, "")
	flag.Parse()
	turn := make(chan struct{}, *atOnce)
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		turn <- struct{}{}
		time.Sleep(*delay)
		<-turn
		if *ends {
			end(w)
			return
		}
		fmt.Fprint(w, "hello")
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe(*listen, nil))
	os.Exit(1)
}

// end answers without a length: the end of the connection is that of the answer.
func end(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\nhello")
}
