package main

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

// keyboard is what is pressed on a terminal. The zero value is none.
type keyboard struct {
	pressed <-chan byte
	resumed <-chan struct{} // after ctrl-Z, when it goes on
	stop    func()          // gives the terminal back as it was
}

func (k keyboard) close() {
	if k.stop != nil {
		k.stop()
	}
}

// keyboard takes keys where stdin is a terminal. Where that cannot be, there are none, and
// the view names none.
func (s streams) keyboard() keyboard {
	f, ok := s.in.(*os.File)
	if !ok || s.kernel == nil || !term.IsTerminal(int(f.Fd())) {
		return keyboard{}
	}
	k, err := s.kernel.keys(f)
	if err != nil {
		return keyboard{}
	}
	return k
}

// outlivesReader has this process go on when who reads its stderr has gone, as head(1)
// does, until the function that it returns is called: it is measuring.
func outlivesReader() func() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGPIPE) // else the runtime ends the process (os/signal, SIGPIPE)
	return func() { signal.Stop(c) }
}
