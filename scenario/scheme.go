package scenario

// The schemes of targets.
const (
	SchemeTCP   = "tcp"
	SchemeHTTP  = "http"
	SchemeHTTPS = "https"
	SchemeUnix  = "unix"
)

// Scheme is a way to speak to targets.
type Scheme struct {
	Name string
	// Port is that of a URL which names none; 0 where every URL has to.
	Port uint16
	// HTTP tells that connections carry requests for a path, TLS that they are
	// encrypted.
	HTTP, TLS bool
	// NoPorts: connections are those of a Unix socket.
	NoPorts bool
}

// Schemes is the table of all schemes.
func Schemes() []Scheme {
	return []Scheme{
		{Name: SchemeTCP},
		{Name: SchemeHTTP, Port: 80, HTTP: true},
		{Name: SchemeHTTPS, Port: 443, HTTP: true, TLS: true},
		{Name: SchemeUnix, NoPorts: true},
	}
}

func (s Scheme) row() (name, help string) { return s.Name, "" }

// SchemeNamed is the scheme of a name; one that there is not is an error.
func SchemeNamed(name string) (Scheme, error) { return find(Schemes(), name) }

// HasPorts reports whether a scheme's connections take a port.
func HasPorts(scheme string) bool {
	s, err := SchemeNamed(scheme)
	return err != nil || !s.NoPorts
}

// SpeaksHTTP reports whether a scheme's connections carry HTTP requests.
func SpeaksHTTP(scheme string) bool {
	s, _ := SchemeNamed(scheme) // none speaks nothing
	return s.HTTP
}
