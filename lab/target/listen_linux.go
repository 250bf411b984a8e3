package target

import (
	"fmt"

	"tcpbench/scenario"
)

// Listen opens a server's sockets. Serve frees them.
func Listen(c Config) (Server, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	listen, ok := protocols()[c.Protocol]
	if !ok {
		return nil, fmt.Errorf("listen: nothing answers in the protocol %q", c.Protocol)
	}
	return listen(c)
}

// protocols says who opens the sockets of a server in each of scenario.Protocols.
func protocols() map[string]func(Config) (Server, error) {
	return map[string]func(Config) (Server, error){
		scenario.ServerEcho:  onLoops(echoSessions),
		scenario.ServerHTTP:  onLoops(httpSessions),
		scenario.ServerHTTPS: listenTLS,
	}
}

// sessions returns what makes the sessions of one thread.
type sessions func(Config) func() session

// onLoops is a server whose threads are loops of our own.
func onLoops(speak sessions) func(Config) (Server, error) {
	return func(c Config) (Server, error) { return listenLoops(c, speak) }
}
