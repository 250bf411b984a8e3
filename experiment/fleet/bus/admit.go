package bus

import (
	"github.com/nats-io/nats-server/v2/server"

	"tcpbench/internal/fault"
)

// admitByKeys has a server admit those alone whose keys are in a directory.
func admitByKeys(_ *server.Options, dir string, _ func(string, ...any)) error {
	return fault.Usagef("hub: keys in %s are not read yet", dir)
}
