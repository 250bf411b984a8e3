package main

const planLong = `Plan applies the law of ports: how many connections per second these settings
hold for ever, and how many they never do, for each source and destination and in
all. Between the two it is uncertain, as the kernel may end a TIME_WAIT late. It says
from which rate on the search for a port is expensive, and when ports run out at
--rate; with --target-rate how to reach that rate, cheapest first, each way with its
price and its risk, and never more than a client can open.

Behind a NAT its ports run out too, of all clients together, and nobody gets an error:
with --nat-ports N, or --nat and the name of a cloud, plan says how many connections it
lets through at a time and per second, by its own law or by what is documented.

The settings are this host's, or with --defaults the kernel's; --sysctl
replaces one by your own value. Ports that have a listener are not left out, as
doctor does. With RESULT, a result file, they are those of
its run, and so are the cost of the search and the client's own speed, if they were
measured there. The other flags say how the program opens connections.

--verify proves in its own lab what the cheapest way gives, --verify-option N
what the Nth gives, and without a target what the settings as they are give: an open
loop just below the rate that lasts for ever, for longer than a port is held, must have
no failure; one at 105 % of the rate that is never exceeded must run out of ports when
predicted. Nothing on the host is changed.

The exit status is 1 when the measurement contradicts the prediction, and 4 when
this host cannot offer such a rate.`

const planExample = `  # what this host holds, and how long 2000/s would last
  tcpbench plan --rate 2k

  # ways to 2000/s from the kernel's defaults
  tcpbench plan --defaults --target-rate 2k

  # your own settings: two sources, two destinations, fewer ports
  tcpbench plan --defaults --source 2 --destinations 2 --sysctl net.ipv4.ip_local_port_range="40000 40999"

  # ten clients behind a cloud's NAT gateway, 200/s each to one destination
  tcpbench plan --defaults --nat azure --clients 10 --rate 200

  # prove that tcp_tw_reuse gives what the law says, in about four seconds
  tcpbench plan --defaults --sysctl net.ipv4.ip_local_port_range="40000 40999" --target-rate 900 --verify

  # from the settings and the measured knee of a run
  tcpbench plan --target-rate 2k runs/exhausted.json`
