package bus

import (
	"github.com/nats-io/nats.go"

	"tcpbench/internal/fault"
)

// credentials are the options that say who a connection is.
func credentials(o Options) ([]nats.Option, error) {
	if o.Creds != "" {
		return nil, fault.Usagef("credentials in %s are not read yet", o.Creds)
	}
	return nil, nil
}
