#!/usr/bin/python3
"""Measures a fleet of many agents on this machine, five times, for docs/scale.md.

Usage: hundred.py TCPBENCH DIRECTORY [AGENTS]

Each agent is a process in a network namespace of its own, for which no root is needed; they
talk with keys, as on hosts of their own, and open two connections a second each.
"""
import json
import math
import os
import subprocess
import sys
import time

RUNS = 5
TARGET, HUB = "10.77.0.253", "10.77.0.254"


def sh(command):
    subprocess.run(command, shell=True, check=True)


class Hosts:
    """Network namespaces on a bridge, and what runs in them."""

    def __init__(self):
        self.started = []
        # Without an address of its own it takes on the least of its ports', and who knows it by another is lost.
        sh("ip link set lo up; ip link add bridge address 02:00:00:00:00:fe type bridge; "
           f"ip address add {HUB}/16 dev bridge; ip link set bridge up")

    def new(self, address):
        """Makes a host, and names the process that holds it."""
        holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.started.append(holder)
        pid, own = holder.pid, os.readlink("/proc/self/ns/net")
        while os.readlink(f"/proc/{pid}/ns/net") == own:
            time.sleep(0.005)
        sh(f"ip link add to{pid} type veth peer name eth0 netns {pid}; ip link set to{pid} master bridge up; "
           f"nsenter --net=/proc/{pid}/ns/net sh -c "
           f"'ip address add {address}/16 dev eth0; ip link set eth0 up; ip link set lo up'")
        return pid

    def run(self, pid, *command, **options):
        process = subprocess.Popen(["nsenter", f"--net=/proc/{pid}/ns/net", *command], **options)
        self.started.append(process)

    def end(self):
        for process in self.started:
            process.kill()
        for process in self.started:
            process.wait()


def quantile(values, p):
    return values[max(math.ceil(p * len(values)) - 1, 0)]


def measure(tcpbench, agents, run):
    """Has the fleet measure once, and prints how it began and what the coordinator took."""
    begun = time.time()
    with open(f"run-{run}.err", "w+") as err, open(f"run-{run}.out", "w") as out:
        fleet = subprocess.Popen(
            [tcpbench, "fleet", "run", "--listen", f"{HUB}:4222", "--keys", "keys", "--agents", str(agents),
             "--wait", "60s", "--clock-bound", "50ms", "-c", str(agents), "--rate", str(2 * agents), "-z", "3s",
             "--linger", "0", "-o", f"run-{run}.json", "--force", f"{TARGET}:7000"], stdout=out, stderr=err)
        _, status, used = os.wait4(fleet.pid, 0)
        fleet.returncode = os.waitstatus_to_exitcode(status)
    whole = time.time() - begun
    if fleet.returncode != 0:
        print(open(f"run-{run}.err").read(), file=sys.stderr)
        sys.exit(f"fleet run {run}: exit status {fleet.returncode}; its files are in {os.getcwd()}")
    result = json.load(open(f"run-{run}.json"))
    errors = sorted(abs(a["start_error_us"]) / 1e3 for a in result["agents"] if "start_error_us" in a)
    bounds = sorted(a["clock"]["bound_us"] / 1e3 for a in result["agents"] if "clock" in a)
    if len(errors) != agents or result["totals"]["failed"]:
        sys.exit(f"fleet run {run}: {len(errors)} of {agents} agents began, {result['totals']['failed']} connections failed")
    print(f"run {run}: start error p50 {quantile(errors, .5):.2f} ms, p99 {quantile(errors, .99):.2f} ms, "
          f"most {errors[-1]:.2f} ms; clocks known to {bounds[-1]:.2f} ms; "
          f"{whole - result['duration_s']:.1f} s beside the load; "
          f"coordinator {used.ru_utime + used.ru_stime:.2f} s of CPU, {used.ru_maxrss / 1024:.0f} MB", flush=True)
    return quantile(errors, .99)


def main():
    tcpbench, directory = os.path.realpath(sys.argv[1]), sys.argv[2]
    agents = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    subprocess.run(["rm", "-rf", directory], check=True)
    os.makedirs(directory)
    os.chdir(directory)
    names = [f"a{i:03d}" for i in range(agents)]
    hosts = Hosts()
    try:
        hosts.run(hosts.new(TARGET), tcpbench, "serve", "--listen", f"{TARGET}:7000", stdout=subprocess.DEVNULL)
        subprocess.run([tcpbench, "fleet", "keys", "--dir", "keys", "--host", HUB, *names], check=True,
                       stdout=subprocess.DEVNULL)
        for i, name in enumerate(names):
            hosts.run(hosts.new(f"10.77.{1 + i // 250}.{1 + i % 250}"), tcpbench, "agent", "--nats", f"tls://{HUB}:4222",
                      "--creds", f"keys/agents/{name}.creds", "--name", name, "--dir", f"agents/{name}",
                      "--allow-target", "10.77.0.0/16", stderr=open(f"{name}.log", "w"))
        print(f"{agents} agents in network namespaces of this machine, which has {os.cpu_count()} CPUs", flush=True)
        worst = sorted(measure(tcpbench, agents, run + 1) for run in range(RUNS))
        print(f"start error p99 of {RUNS} runs: {worst[0]:.2f} to {worst[-1]:.2f} ms, median {worst[RUNS // 2]:.2f} ms")
    finally:
        hosts.end()


if os.environ.get("HUNDRED_INSIDE"):
    main()
else:
    os.environ["HUNDRED_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", sys.executable, *sys.argv])
