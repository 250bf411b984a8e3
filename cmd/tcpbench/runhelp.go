package main

const runLong = `Run opens, uses and closes connections, and measures them.

TARGET is http://host[:port]/path, https://..., tcp://host:port or host:port;
several are used in turn. Without a TARGET, run makes a lab (a client's and a
server's network namespace, joined by a veth pair) and drives the embedded
server there. With a TARGET it works from this host and changes nothing on it,
so --sysctl is refused.

A tcp:// TARGET gets --request-size bytes of value 0, and is to answer with
--response-size bytes; what they are is not looked at. An HTTP server takes that for
garbage and answers 400 Bad Request, which fails as recv: SURPLUS or EOF: use http:// for
it. To only open connections to any server: --request-size 0 --response-size 0.

--server-cmd starts your own server in the lab, instead of the embedded one;
TARGET says where it listens. In both, {server} is the address of the lab's
server. The program stays in the foreground, and is ended with the lab. A lab has a
network of its own, but the host's files: what root starts there is root on them.

--proxy-cmd puts your own proxy between client and server, on a host of its
own; TARGET is where it listens, at {proxy}, and it forwards to {server}: the
embedded server (--server, --destinations ports from 7000 on), or the one of
--server-cmd with a second TARGET at {server}. The result says where the
TIME_WAITs are, how many of the proxy's ports are in use, and what it said. In
your own configuration file, write 198.19.1.1 for the proxy and 198.19.0.1 for
the server, with --ip 6 2001:2:0:3::1 and 2001:2:0:2::1; in a scenario's
` + "`" + `files:` + "`" + ` write {proxy} and {server}.

--client-cmd makes your own program the client, measured from outside: {server},
{proxy} and {port} are where it is to connect to. It decides how many connections
there are and how each ends; ports, connections and its CPU time are counted, and
what it writes is evidence. Requests and latencies are not known from there.

--nat LO-HI puts a NAT between client and server, which gives each connection one of
these ports, for each destination: nf_tables, without an external program. The result
says how many were in use, what the NAT dropped, and why; where its ports ran out,
clients hear nothing. --nat-hold keeps ports of closed connections, as cloud gateways do.

--find-max-rate makes trials at fixed rates, in a lab, each in a fresh one, and
finds the highest rate that holds and the lowest that does not. A rate holds
when every limit of --slo does, the starts took place as planned, and -c
connections were enough; when the generator itself is too slow, it says so.

--link makes the lab's link a program with rules: an action and the segments
that it applies to. Actions: delay TIME, drop [PERCENT%], duplicate .. [after TIME],
hold .. for TIME or until .., replay [fitted] .. on .., replay stale, pass.
Segments: syn, syn-ack, ack, fin, rst, data or any; from client|server; nth N, N-M
or N-, of the run or of each connection (each); between TIME TIME. --capture keeps
the first packets, also in RESULT.pcap for tcpdump.

--slo without a search judges the run: each limit is shown with its value and
whether it holds, and the exit status is that of gate, 99 where one is broken and 98
where one cannot be judged.

On a terminal run shows its rate, ports, latencies and failures while it goes on; q
ends it and saves what there is. Elsewhere stderr gets a line for each interval, or for
10 s of what takes longer than a minute (--progress). --metrics-listen serves the same
to Prometheus. However it ends, by SIGKILL too, the terminal is as it was.

The result file's path is printed on stderr; --format json prints the result
itself on stdout, and nothing else. A result that exists is not overwritten without
--force; while a run goes on, or when it was killed, its intervals are in FILE.journal,
which report and plot read.`

const runExample = `  # until ports run out: 1000 ports, so after exactly 1000 connections
  tcpbench run --until exhausted --sysctl net.ipv4.ip_local_port_range="40000 40999"

  # the same, closed with RST: no TIME_WAIT, no exhaustion
  tcpbench run --until exhausted --linger 0

  # how long until a port is free again
  tcpbench run --until exhausted --on-exhausted recover -z 90s --source-ports 40000-40099

  # your own server, from this host, for 30 seconds
  tcpbench run -c 100 -z 30s http://127.0.0.1:8080/

  # the last ACK of each connection is lost, and what the server does about it
  tcpbench run --link "drop ack from client nth 2 each" --response-size 0 -n 5 -c 1 --capture 100

  # nginx, in its own lab
  tcpbench run --server-cmd "nginx -e stderr -p /tmp -c $PWD/examples/nginx/nginx.conf" http://{server}:8080/

  # haproxy before the embedded server, with a thousand ports towards it
  tcpbench run --proxy-cmd "haproxy -db -f $PWD/examples/haproxy/haproxy.cfg" \
    --proxy-sysctl net.ipv4.ip_local_port_range="40000 40999" http://{proxy}:8080/

  # your own client, until it runs out of ports
  tcpbench run --until exhausted --client-cmd "python3 client.py {server} {port}"

  # through a NAT with 64 ports: the 65th connection hears nothing
  tcpbench run --nat 20000-20063 --mode idle -c 80 --until exhausted

  # the embedded https server, in a lab: TLS and HTTP/2, by net/http
  tcpbench run --server https --insecure --mode keepalive

  # what a Go service does, with an idle pool as large as it needs
  tcpbench run --server http --engine nethttp --mode keepalive -c 100 --max-idle-conns-per-host 100

  # hey, with its own figures in the result
  tcpbench run --server http --engine hey --mode keepalive -n 10000

  # a run that fails a pipeline when it is too slow, or errs
  tcpbench run --slo 'errors<0.1%,connect_p99<5ms' -c 10 -z 10s http://127.0.0.1:8080/

  # the highest rate of connections that your own server holds
  tcpbench run --find-max-rate --slo 'errors<0.1%,connect_p99<5ms' -c 200 http://127.0.0.1:8080/

  # ten repeats, to compare with ten others; better in turn, with sweep --ab
  tcpbench run --repeat 10 -o before/ --until exhausted --linger 0`
