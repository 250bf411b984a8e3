package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tcpbench/experiment/cell"
	"tcpbench/internal/fault"
	"tcpbench/report/view"
	"tcpbench/results"
	"tcpbench/scenario"
)

// defaultOutput is where results go when no place is named.
const defaultOutput = "runs"

func newRun(s streams) *cobra.Command {
	w := scenario.DefaultWorkload()
	format := textOrJSON()
	var place labFlags
	var search maxRateFlags
	repeat := 1
	var output string
	cmd := &cobra.Command{
		Use:   "run [flags] [TARGET..]",
		Short: "Measure one workload",
		Long: `Run opens, uses and closes connections, and measures them.

TARGET is http://host[:port]/path, https://..., tcp://host:port or host:port;
several are used in turn. Without a TARGET, run makes a lab (a client's and a
server's network namespace, joined by a veth pair) and drives the embedded
server there. With a TARGET it works from this host and changes nothing on it,
so --sysctl is refused.

--server-cmd starts a server of yours in the lab, in place of the embedded one;
TARGET says where it listens. In both, {server} is the address of the lab's
server. The program stays in the foreground, and is ended with the lab.

--proxy-cmd puts a proxy of yours between client and server, on a host of its
own; TARGET is where it listens, at {proxy}, and it forwards to {server}: the
embedded server (--server, --destinations ports from 7000 on), or the one of
--server-cmd with a second TARGET at {server}. The result tells where the
TIME_WAITs are, how many of the proxy's ports are in use, and what it said. In
a configuration file of yours the addresses are 198.19.1.1 (the proxy's) and
198.19.0.1 (the server's), with --ip 6 2001:2:0:3::1 and 2001:2:0:2::1; a
scenario's ` + "`" + `files:` + "`" + ` has {proxy} and {server} in their place.

--find-max-rate makes trials at fixed rates, in a lab each in a fresh one, and
finds the highest rate that holds and the lowest that does not. A rate holds
when every limit of --slo does, the starts took place as planned, and -c
connections were enough; when the generator itself is too slow, it says so.

--link makes the lab's link a program with rules: an action and the segments
that it is for. Actions: delay TIME, drop [PERCENT%], duplicate .. [after TIME],
hold .. for TIME or until .., replay [fitted] .. on .., replay stale, pass.
Segments: syn, syn-ack, ack, fin, rst, data or any; from client|server; nth N, N-M
or N-, of the run or of each connection (each); between TIME TIME. --capture keeps
the first packets, also in RESULT.pcap for tcpdump.

The result file's path is printed on stderr; --format json prints the result
itself on stdout, and nothing else.`,
		Example: `  # until ports run out: 1000 ports, so after exactly 1000 connections
  tcpbench run --until exhausted --sysctl net.ipv4.ip_local_port_range="40000 40999"

  # the same, closed with RST: no TIME_WAIT, no exhaustion
  tcpbench run --until exhausted --linger 0

  # how long until a port is free again
  tcpbench run --until exhausted --on-exhausted recover -z 90s --source-ports 40000-40099

  # a server of yours, from this host, for 30 seconds
  tcpbench run -c 100 -z 30s http://127.0.0.1:8080/

  # the last ACK of each connection is lost, and what the server does about it
  tcpbench run --link "drop ack from client nth 2 each" --response-size 0 -n 5 -c 1 --capture 100

  # nginx, in a lab of its own
  tcpbench run --server-cmd "nginx -e stderr -p /tmp -c $PWD/examples/nginx/nginx.conf" http://{server}:8080/

  # haproxy before the embedded server, with a thousand ports towards it
  tcpbench run --proxy-cmd "haproxy -db -f $PWD/examples/haproxy/haproxy.cfg" --proxy-sysctl net.ipv4.ip_local_port_range="40000 40999" http://{proxy}:8080/

  # the embedded https server, in a lab: TLS and HTTP/2, by net/http
  tcpbench run --server https --insecure --mode keepalive

  # what a Go service does, with an idle pool as large as it needs
  tcpbench run --server http --engine nethttp --mode keepalive -c 100 --max-idle-conns-per-host 100

  # hey, with its own figures in the result
  tcpbench run --server http --engine hey --mode keepalive -n 10000

  # the highest rate of connections that a server of yours holds
  tcpbench run --find-max-rate --slo 'errors<0.1%,connect_p99<5ms' -c 200 http://127.0.0.1:8080/

  # ten repeats, to compare with ten others
  tcpbench run --repeat 10 -o before/ --until exhausted --linger 0`,
		RunE: func(cmd *cobra.Command, targets []string) error {
			if err := s.needLinux("run"); err != nil {
				return err
			}
			spec, err := place.spec(targets)
			if err != nil {
				return err
			}
			spec.Workload = w
			if err := errors.Join(search.check(cmd.Flags()), search.once(repeat)); err != nil {
				return err
			}
			if search.find {
				return findMaxRate(cmd.Context(), s, search.options(spec), output, format.value)
			}
			if repeat > 1 {
				return runRepeatedly(cmd.Context(), s, spec, repeat, output, format.value)
			}
			return run(cmd.Context(), s, spec, output, format.value)
		},
	}
	flags := cmd.Flags()
	addSettings(flags, &w)
	place.add(flags)
	search.add(flags)
	flags.Var(newRepeats(&repeat), "repeat", "measure `N` times, each in a fresh lab, into a directory; shows how the results spread")
	flags.StringVarP(&output, "output", "o", "", "the result `FILE`, with --repeat a directory (default a new one under "+defaultOutput+"/)")
	flags.Var(format, "format", formatUsage(format.words...))
	return cmd
}

// run measures one cell, keeps its result and shows it.
func run(ctx context.Context, s streams, spec cell.Spec, output, format string) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	path, err := resultPath(output, time.Now())
	if err != nil {
		return err
	}
	live := newDisplay(s.err, time.Now)
	live.beginRun(spec.Workload)
	r, err := cell.Keep(ctx, spec, path, s.kernel.measure, live.interval)
	live.end()
	if r == nil {
		return err
	}
	if showErr := runFormats().write(s.out, format, r); showErr != nil {
		return errors.Join(err, showErr)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(s.err, "result:", path)
	if len(r.Pcap) > 0 && results.Replaceable(path) {
		fmt.Fprintf(s.err, "packets: %s, for tcpdump -nn -r\n", results.PcapPath(path))
	}
	return outcome(r)
}

func runFormats() formats[*results.Run] {
	text := func(w io.Writer, r *results.Run) error { return view.WriteText(w, r, columns(w)) }
	return formats[*results.Run]{{formatText, text}, {formatJSON, results.Encode}}
}

// outcome is the error that a result stands for, nil when the run did what it
// was for.
func outcome(r *results.Run) error {
	switch {
	case r.Interrupted:
		return fault.Interrupted(errors.New("interrupted; what there was is saved"))
	case !r.Succeeded():
		return errors.New("the run failed: " + strings.TrimPrefix(r.Verdict.Headline, "Failed: "))
	default:
		return nil
	}
}

// resultPath is the file that a result goes to; its directory is made.
func resultPath(output string, now time.Time) (string, error) {
	if output == "" {
		output = filepath.Join(defaultOutput, now.Format("20060102-150405.000")+".json")
	}
	if info, err := os.Stat(output); err == nil && info.IsDir() {
		return "", fault.Usagef("--output: %s is a directory; name a file in it", output)
	}
	if err := os.MkdirAll(filepath.Dir(output), 0o755); err != nil {
		return "", fmt.Errorf("make the output directory: %w", err)
	}
	return output, nil
}
