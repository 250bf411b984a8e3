package scenario

import "strconv"

// HTTPVersion is which versions of HTTP a client of https targets offers by ALPN.
type HTTPVersion string

// The choices of versions.
const (
	HTTPBoth HTTPVersion = "both"
	HTTP1    HTTPVersion = "1.1"
	HTTP2    HTTPVersion = "2"
)

// Switch is something that is done, or not.
type Switch string

// The switches.
const (
	On  Switch = "on"
	Off Switch = off
)

// Yes reports whether it is done.
func (s Switch) Yes() bool { return s == On }

// tls are the options of a TLS client, and of the lab's server that speaks TLS.
func (w *Workload) tls() []Setting {
	return []Setting{
		setting("insecure", "", "https targets: accept any certificate", &w.Insecure, parseBool, strconv.FormatBool),
		nameSetting("cacert", "https targets: trust the authorities in `FILE` (PEM) instead of this host's",
			&w.CACert),
		nameSetting("cert", "https targets: the client's certificate is in `FILE` (PEM), its key in that of --key",
			&w.Cert),
		nameSetting("key", "https targets: the `FILE` (PEM) of the key of --cert", &w.Key),
		nameSetting("servername", "https targets: the `NAME` that is asked for (SNI) and that the certificate must "+
			"have, instead of the URL's host", &w.ServerName),
		word("http", "", "https targets: `both|1.1|2`, the versions of HTTP that are offered", &w.HTTP, HTTPBoth,
			HTTP1, HTTP2),
		word("tls-resume", "", "https targets: `on|off`; on: later handshakes take up the session of an earlier one, "+
			"for less CPU", &w.TLSResume, On, Off),
		nameSetting("server-cert", "lab: the certificate of --server https is in `FILE` (PEM), its key in that of "+
			"--server-key; none: it makes one itself", &w.ServerCert),
		nameSetting("server-key", "lab: the `FILE` (PEM) of the key of --server-cert", &w.ServerKey),
		nameSetting("server-client-ca", "lab: --server https asks for client certificates of the authorities in "+
			"`FILE` (PEM)", &w.ServerClientCA),
	}
}

// nameSetting builds a Setting that takes the name of a file or a host, or none.
func nameSetting(name, usage string, field *string) Setting {
	return setting(name, "", usage, field, parseName, formatName)
}

func parseName(s string) (string, error) {
	if s == None {
		return "", nil
	}
	return s, keepable(s)
}

func formatName(s string) string {
	if s == "" {
		return None
	}
	return s
}

// ServerFiles are the options that name a file of the lab's https server.
func (w *Workload) ServerFiles() []string {
	var out []string
	for _, o := range []struct{ option, file string }{{"server-cert", w.ServerCert}, {"server-key", w.ServerKey},
		{"server-client-ca", w.ServerClientCA}} {
		if o.file != "" {
			out = append(out, o.option)
		}
	}
	return out
}

// ofTLS are options of TLS that are nothing without each other, or with another.
func (w *Workload) ofTLS() []error {
	return []error{
		Refuse(w.Cert != "" && w.Key == "", "cert", "its private key is missing; give it with --key FILE"),
		Refuse(w.Cert == "" && w.Key != "", "key", "its certificate is missing; give it with --cert FILE"),
		Refuse(w.ServerCert != "" && w.ServerKey == "", "server-cert",
			"its private key is missing; give it with --server-key FILE"),
		Refuse(w.ServerCert == "" && w.ServerKey != "", "server-key",
			"its certificate is missing; give it with --server-cert FILE"),
		Refuse(w.Insecure && w.CACert != "", "cacert", "--insecure accepts any certificate; leave one of them out"),
		Refuse(w.HTTP == HTTP2 && w.Mode == ModeShort, "http", "the requests of HTTP/2 share a connection, and "+
			"mode=short opens one for each; use mode=keepalive"),
	}
}

// withoutTLS are options that need TLS, towards a target that has none.
func (w *Workload) withoutTLS(s Scheme) []error {
	if s.TLS {
		return nil
	}
	const https = "it applies to https targets; leave it out, or use https://"
	return []error{
		Refuse(w.Insecure, "insecure", "it applies to https targets, which have a certificate; leave it out"),
		Refuse(w.CACert != "", "cacert", https),
		Refuse(w.Cert != "", "cert", https),
		Refuse(w.ServerName != "", "servername", https),
		Refuse(w.HTTP != HTTPBoth, "http", https),
		Refuse(!w.TLSResume.Yes(), "tls-resume", https),
	}
}
