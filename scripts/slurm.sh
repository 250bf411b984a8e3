#!/bin/sh
# Runs examples/slurm/fleet.sbatch in a Slurm cluster of four hosts on this machine, and checks
# what comes out. Usage, as root: slurm.sh TCPBENCH DIRECTORY
#
# Each host is a network namespace with a name of its own. Processes, mounts and what is in
# /run and /etc/slurm are in namespaces too: with this script all of it ends.
set -eu
nodes=3
count=1200
if [ -z "${SLURM_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "slurmd starts a job as its user, for which it has to be root; run make fleet-slurm as root" >&2; exit 1; }
	SLURM_INSIDE=1 exec unshare --net --uts --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
trap 'exit 130' INT TERM HUP # a first process ignores what it has no trap for
export PATH="$(dirname "$(realpath "$1")"):$PATH:/usr/sbin"
batch=$(realpath "$(dirname "$0")/../examples/slurm/fleet.sbatch")
rm -rf "$2"
mkdir -p "$2"
cd "$2"
export HOME="$PWD" # agents keep there what nobody has yet

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
fail() {
	echo "fleet-slurm: $*; the logs are in $PWD" >&2
	exit 1
}
# host makes a host with a name and an address, and names the process that holds it.
host() {
	unshare --net --uts sh -c "hostname $1; exec sleep infinity" &
	pid=$!
	while [ "$(nsenter --uts="/proc/$pid/ns/uts" hostname)" != "$1" ]; do sleep 0.01; done
	ip link add "to-$1" type veth peer name eth0 netns "$pid"
	ip link set "to-$1" master bridge up
	on "$pid" ip address add "$2/24" dev eth0
	on "$pid" ip link set eth0 up
	on "$pid" ip link set lo up
	echo "$2 $1" >>hosts
}
# on runs a command on the host that a process holds.
on() {
	holder=$1
	shift
	nsenter --net="/proc/$holder/ns/net" --uts="/proc/$holder/ns/uts" "$@"
}

say "A Slurm cluster: a controller, $nodes nodes, and a target, on a bridge"
hostname head
ip link set lo up
# Without an address of its own it takes on the least of its ports', and who knows it by another is lost.
ip link add bridge address 02:00:00:00:00:fe type bridge
ip address add 10.77.0.254/24 dev bridge
ip link set bridge up
printf '127.0.0.1 localhost\n10.77.0.254 head\n' >hosts
host target 10.77.0.200
target=$pid
for i in $(seq $nodes); do
	host "node$i" "10.77.0.$i"
	holders="${holders:-} $pid"
done

# What Slurm and munge have in fixed places is here for this script alone.
mkdir -p etc
: >etc/slurm.conf
mount --bind hosts /etc/hosts
mount --bind etc /etc/slurm
mount -t tmpfs none /run
mkdir -p /run/munge /run/slurm/state
cat >etc/slurm.conf <<CONF
ClusterName=tcpbench
SlurmctldHost=head(10.77.0.254)
AuthType=auth/munge
SlurmUser=root
StateSaveLocation=/run/slurm/state
SlurmdSpoolDir=/run/slurm/%n
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/linear
SlurmdParameters=config_overrides
NodeName=node[1-$nodes] State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
head -c 1024 /dev/urandom >/run/munge/key
chmod 400 /run/munge/key
munged --foreground --key-file=/run/munge/key --log-file=/run/munge/log --pid-file=/run/munge/pid \
	--seed-file=/run/munge/seed >munged.log 2>&1 &
until [ -S /run/munge/munge.socket.2 ]; do
	kill -0 $! || fail "munged has ended"
	sleep 0.05
done
slurmctld -D >slurmctld.log 2>&1 &
for holder in $holders; do
	on "$holder" slurmd -D >"slurmd-$holder.log" 2>&1 &
done
nsenter --net="/proc/$target/ns/net" tcpbench serve --listen 10.77.0.200:7000 >serve.log 2>&1 &
server=$!
tries=0
until [ "$(sinfo --noheader --format %t:%D 2>/dev/null)" = "idle:$nodes" ]; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || fail "the nodes are not there after 30 s: $(sinfo --format '%t %n' 2>&1)"
	sleep 0.1
done
sinfo

say "A job whose agents may not send to the target has to fail"
# job submits the example with TARGETS and a log, waits for it, and has its exit status.
job() {
	TARGETS=$1 sbatch --wait --nodes $nodes --output "$2" "$batch" 10.77.0.200:7000 -c 30 -n $count --linger 0
}
status=0
job 10.88.0.0/16 refused.log || status=$?
tail -n 3 refused.log
[ $status = 2 ] || fail "its exit status is $status, not 2"

say "sbatch --nodes $nodes examples/slurm/fleet.sbatch 10.77.0.200:7000 -c 30 -n $count --linger 0"
status=0
job 10.77.0.200 job.log || status=$?
cat job.log
[ $status = 0 ] || fail "its exit status is $status, not 0"
kill "$server"
wait "$server" || true

say "Is it what the target saw?"
cat serve.log
/usr/bin/python3 - fleet-*.json $nodes $count <<'PYTHON' || fail "the result is not what it should be"
import json, re, sys
result, nodes, count = json.load(open(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
agents = {a["name"]: a for a in result["agents"]}
assert sorted(agents) == ["node%d" % (i + 1) for i in range(nodes)], "agents: %s" % sorted(agents)
assert not any("lost" in a for a in agents.values()) and not result.get("degraded"), "an agent was lost"
made = sum(a["totals"]["succeeded"] for a in agents.values())
accepted = int(re.search(r"accepted (\d+) connections", open("serve.log").read()).group(1))
assert made == result["totals"]["succeeded"] == accepted == count, "connections: agents %d, result %d, target %d, asked %d" % (
    made, result["totals"]["succeeded"], accepted, count)
print("%d agents, %d connections: the job's result, its agents, and the target say the same" % (nodes, count))
PYTHON
[ -z "$(find . -name 'keys-*')" ] || fail "the jobs' keys are left"
