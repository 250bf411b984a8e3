package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/internal/fault"
	"tcpbench/lab/target"
	"tcpbench/scenario"
)

func newServe(s streams) *cobra.Command {
	c := target.Config{}
	known := scenario.Words(scenario.Protocols())
	protocol, closing := &word{value: known[0], words: known}, newWord(scenario.Words(scenario.ServerClosings())...)
	listen := []string{"127.0.0.1:7000"}
	cmd := &cobra.Command{
		Use:   "serve [flags]",
		Short: "Run the embedded target server by hand",
		Long: `Serve runs the server that a lab uses, on this host, until it is interrupted.
It prints the addresses that it listens on, and in the end what it saw.`,
		Example: `  # answers every 64 bytes with 64 bytes
  tcpbench serve --listen 127.0.0.1:7000

  # HTTP/1.1, two threads, a page of 1 KB
  tcpbench serve --protocol http --threads 2 --response-size 1024 --listen 127.0.0.1:8080

  # HTTP/1.1 and HTTP/2 over TLS, with limits such as servers have
  tcpbench serve --protocol https --requests-per-conn 1000 --idle-timeout 75s --listen 127.0.0.1:8443

  # a server that closes with the request unread, which the client sees as a reset
  tcpbench serve --server-close unread --listen 127.0.0.1:7000

  # your own certificate, and clients that have to show one
  tcpbench serve --protocol https --cert server.pem --key server.key --client-ca ca.pem --listen 127.0.0.1:8443`,
		Args: atMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Protocol = protocol.value
			ends, err := scenario.ServerClose(closing.value).Closing()
			if err != nil {
				return fault.Usage(err)
			}
			c.Ends(ends)
			if c.Listen, err = listenAddrs(listen); err != nil {
				return err
			}
			return serve(cmd.Context(), s, c)
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&listen, "listen", listen, "the `ADDR:PORT,...` to listen on; port 0 lets the kernel pick")
	flags.Var(protocol, "protocol", scenario.Usage("what it speaks", scenario.Protocols()))
	flags.IntVar(&c.RequestSize, "request-size", 64, "echo: `BYTES` of a request; 0 answers at once")
	flags.IntVar(&c.ResponseSize, "response-size", 64, "`BYTES` of an answer, of its body in HTTP")
	flags.Var(closing, "server-close",
		scenario.Usage("when it closes its end of a connection", scenario.ServerClosings()))
	flags.IntVar(&c.MaxRequests, "requests-per-conn", 0, "close each connection after `N` answers; 0 never")
	flags.DurationVar(&c.IdleTimeout, "idle-timeout", 0,
		"close a connection silently when it has been idle for `D`; 0 never")
	flags.StringVar(&c.Cert, "cert", "", "https: the certificate is in `FILE` (PEM), its key in that of --key "+
		"(default one that it makes and signs itself)")
	flags.StringVar(&c.Key, "key", "", "https: the `FILE` (PEM) of the key of --cert")
	flags.StringVar(&c.ClientCA, "client-ca", "",
		"https: ask for a client certificate of the authorities in `FILE` (PEM)")
	flags.IntVar(&c.Threads, "threads", 1, "threads that share the connections: `N`")
	flags.BoolVar(&c.Spin, "spin", false, "look for work for 20 to 50 us before sleeping, where that finds some; "+
		"each thread needs a processor to itself")
	return cmd
}

func listenAddrs(texts []string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, t := range texts {
		host, port, err := net.SplitHostPort(t)
		if err != nil {
			return nil, fault.Usagef("--listen: %q is not ADDR:PORT", t)
		}
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return nil, fault.Usagef("--listen: %q is not an IP address", host)
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, fault.Usagef("--listen: port %q is outside 0 to 65535", port)
		}
		out = append(out, netip.AddrPortFrom(addr, uint16(n)))
	}
	return out, nil
}

// serve runs the server until ctx is done.
func serve(ctx context.Context, s streams, c target.Config) error {
	if err := c.Validate(); err != nil {
		return fault.Usage(err)
	}
	if err := s.needLinux("serve"); err != nil {
		return err
	}
	if err := c.Certificates(time.Now()); err != nil {
		return fault.Usage(err)
	}
	srv, err := s.kernel.listen(c)
	if err != nil {
		return err
	}
	for _, a := range srv.Addrs() {
		fmt.Fprintln(s.out, "listening on", a)
	}
	if err := srv.Serve(ctx); err != nil {
		return err
	}
	sayServed(s.out, srv.Stats())
	return nil
}

// sayServed writes what a server saw.
func sayServed(w io.Writer, st target.Stats) {
	fmt.Fprintf(w, "accepted %d connections, answered %d requests, received %d bytes, sent %d bytes, "+
		"%d resets, %d errors\n",
		st.Accepted, st.Requests, st.BytesReceived, st.BytesSent, st.Resets, st.Errors)
	if st.Handshakes > 0 {
		fmt.Fprintf(w, "%d TLS handshakes, %d of them resumed\n", st.Handshakes, st.Resumed)
	}
}
