package scenario

// ProxyProtocol is the version of the header that comes first on each connection, as from
// a proxy.
type ProxyProtocol string

// The versions of haproxy's doc/proxy-protocol.txt.
const (
	NoProxyHeader ProxyProtocol = None
	ProxyV1       ProxyProtocol = "v1"
	ProxyV2       ProxyProtocol = "v2"
)

// Asked reports whether there is a header.
func (p ProxyProtocol) Asked() bool { return p == ProxyV1 || p == ProxyV2 }
