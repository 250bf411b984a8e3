package target

import "tcpbench/scenario"

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

// session is one connection's place in the protocol.
type session interface {
	// feed takes bytes that arrived.
	feed(p []byte)
	// next returns the answer to the next whole request, and whether the
	// connection is to be closed after it; false when no request is whole.
	// The bytes are shared and must not be changed.
	next() (answer []byte, last, ok bool)
	// reset makes the session ready for another connection.
	reset()
}
