package metrics

import "time"

// CPU is processor time.
type CPU struct{ User, System time.Duration }

// Sub returns c less o.
func (c CPU) Sub(o CPU) CPU { return CPU{c.User - o.User, c.System - o.System} }

func (c *CPU) add(o CPU) {
	c.User += o.User
	c.System += o.System
}
