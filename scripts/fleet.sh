#!/bin/sh
# Shows a fleet: three client hosts, a coordinator's and a target's, in network namespaces of
# its own, for which no root is needed. Usage: fleet.sh TCPBENCH DIRECTORY
set -eu
if [ -z "${FLEET_INSIDE:-}" ]; then
	command -v ip >/dev/null || { echo "the demonstration joins its hosts with ip: apt-get install iproute2" >&2; exit 1; }
	FLEET_INSIDE=1 exec unshare --user --map-root-user --net "$0" "$@"
fi
tcpbench=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2"
cd "$2"

# What runs in the background is started without a function, so that $! is its own process.
started=
trap 'kill $started 2>/dev/null || :' EXIT
trap 'exit 130' INT TERM HUP

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
# show runs a command that the reader is to see.
show() {
	printf '$ tcpbench %s\n' "$*"
	"$tcpbench" "$@"
}
# host makes a host with an address, and names the process that holds it.
host() {
	unshare --net sleep 300 &
	started="$started $!"
	while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
	ip link add "to$!" type veth peer name eth0 netns "$!"
	ip link set "to$!" master bridge up
	on "$!" ip address add "$1/24" dev eth0
	on "$!" ip link set eth0 up
	on "$!" ip link set lo up
	pid=$!
}
# on runs a command on the host that a process holds.
on() {
	holder=$1
	shift
	nsenter --net="/proc/$holder/ns/net" "$@"
}

say "Five hosts on a bridge: a target, three clients of 1000 ports each, and the coordinator"
ip link set lo up
# Without an address of its own it takes on the least of its ports', and who knows it by another is lost.
ip link add bridge address 02:00:00:00:00:fe type bridge
ip address add 10.77.0.254/24 dev bridge
ip link set bridge up
host 10.77.0.200
nsenter --net="/proc/$pid/ns/net" "$tcpbench" serve --listen 10.77.0.200:7000 >serve.log 2>&1 &
started="$started $!"
show fleet keys --dir keys --host 10.77.0.254 web-1 web-2 web-3
for i in 1 2 3; do
	host "10.77.0.$i"
	on "$pid" sh -c 'echo "40000 40999" > /proc/sys/net/ipv4/ip_local_port_range'
	nsenter --net="/proc/$pid/ns/net" "$tcpbench" agent --name "web-$i" --nats tls://10.77.0.254:4222 \
		--creds "keys/agents/web-$i.creds" --dir "agent-$i" --allow-target 10.77.0.0/24 >"agent-$i.log" 2>&1 &
	started="$started $!"
done

say "What each would do, and what the law predicts there"
show fleet run --listen 10.77.0.254:4222 --keys keys --names web-1,web-2,web-3 --dry-run -c 30 --rate 1500 \
	10.77.0.200:7000

say "All three from one instant on: how many connections until the ports run out?"
show fleet run --listen 10.77.0.254:4222 --keys keys --names web-1,web-2,web-3 -c 30 --rate 1500 -z 8s \
	--until exhausted --on-exhausted continue -o result.json 10.77.0.200:7000

say "The same as a page"
show report -o report.html result.json
echo "open $2/report.html"
