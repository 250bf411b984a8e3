package capacity

import "time"

// Cloud is what the operator of a NAT gateway documents of it. The figures are theirs;
// none was measured.
type Cloud struct {
	// Name is how it is asked for, What what it is called.
	Name string `json:"name"`
	What string `json:"what"`
	// Ports is how many each address has towards each destination, and Addresses how many
	// a gateway can have; 0 is not documented.
	Ports     int `json:"ports"`
	Addresses int `json:"addresses,omitempty"`
	// Most is how many connections each address can have at a time towards a destination,
	// where that is fewer than ports; 0 is as many.
	Most int `json:"most,omitempty"`
	// EachClient tells that those are the ports of one client, and no other has them.
	EachClient bool `json:"each_client,omitempty"`
	// Hold is for how long a port is kept after its connection; 0 is not documented.
	Hold time.Duration `json:"-"`
	// Says is what else is documented.
	Says string `json:"says"`
	// Source is where, and Dated of when what was read is.
	Source string `json:"source"`
	Dated  string `json:"dated"`
}

// Clouds are those that are known.
func Clouds() []Cloud {
	return []Cloud{
		{Name: "aws", What: "AWS NAT gateway", Ports: 55_000, Addresses: 8,
			Says: "55,000 connections at a time for each address and destination, up to 8 addresses; an idle " +
				"connection ends after 350 s; how long a port is kept after its connection is not documented",
			Source: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html", Dated: "undated"},
		{Name: "azure", What: "Azure NAT Gateway", Ports: 64_512, Addresses: 16, Most: 50_000, Hold: 65 * time.Second,
			Says: "64,512 ports for each address, up to 16 addresses, and no more than 50,000 connections at a time " +
				"for each address and destination over the internet; a port is kept for 65 s after a FIN, and " +
				"for 16 s after an RST",
			Source: "https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource", Dated: "2023-07-10"},
		{Name: "gcp", What: "Google Cloud NAT", Ports: 64, EachClient: true, Hold: 120 * time.Second,
			Says: "64 ports for each VM unless it is given more, of 64,512 for each address; a port is kept for " +
				"120 s after its connection (--tcp-time-wait-timeout), and for 30 s by gateways made since 2026-09-30",
			Source: "https://cloud.google.com/nat/docs/ports-and-addresses and " +
				"https://cloud.google.com/nat/docs/tune-nat-configuration", Dated: "2026-03-31"},
	}
}
