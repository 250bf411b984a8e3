package bus

// Line is how a coordinator reaches its agents over a connection.
type Line struct{ Conn *Conn }

// Tell sends an order to the agent of a name, or with "" to all.
func (l Line) Tell(agent string, order []byte) error {
	if agent == "" {
		return l.Conn.Publish(ToAll, order)
	}
	return l.Conn.Publish(ToAgent(agent), order)
}

// Listen calls f with every report and the name of its agent, until the connection ends.
func (l Line) Listen(f func(agent string, report []byte)) error {
	return l.Conn.Subscribe(FromAll, func(subject string, b []byte) {
		if name, ok := Sender(subject); ok {
			f(name, b)
		}
	})
}
