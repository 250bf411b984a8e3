#!/usr/bin/env bash
# Runs README's two commands on a fresh machine: a clean Debian with Go, make,
# git and certificates, and in it a fresh clone of HEAD. Three times: as root and
# as another user where only root may open /dev/net/tun, as in most containers,
# and as that user where everybody may.
#
# The machine is in memory (4 GB), in namespaces that end with this script,
# however it ends: nothing of it is left.
set -euo pipefail
cd "$(dirname "$0")/.."

# outside makes the namespaces of each pass, which is this script again.
outside() {
	[ "$(id -u)" = 0 ] || { echo "make fresh mounts a machine of its own: run it as root" >&2; exit 1; }
	command -v mmdebstrap >/dev/null || ./scripts/install.sh mmdebstrap
	for pass in "root 600" "someone 600" "someone 666"; do
		# Each is killed with the one before it: this one, unshare, the machine's first process.
		# shellcheck disable=SC2086 # a user and a mode
		setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --propagation private ./scripts/fresh.sh $pass
	done
}

# machine makes a Debian in /mnt, from where this host has its own packages and
# with its Go, and clones HEAD into it.
machine() {
	mount -t tmpfs -o mode=755 fresh /mnt
	timeout 5m apt-get update -qq
	apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		sort -u | timeout 5m mmdebstrap --mode=root --variant=minbase --include=make,git,ca-certificates '' /mnt -
	cp --remove-destination /etc/resolv.conf /etc/hosts /mnt/etc/
	[ ! -d /usr/local/share/ca-certificates ] || cp -r /usr/local/share/ca-certificates /mnt/usr/local/share/
	mkdir -p /mnt/dev/net "/mnt$goroot"
	mknod -m "$mode" /mnt/dev/net/tun c 10 200
	mount --bind -o ro "$goroot" "/mnt$goroot"
	mount -t proc proc /mnt/proc
	mount -t sysfs sysfs /mnt/sys
	git clone -q . /mnt/src
}

# enter makes /mnt the root: in a chroot nobody could make a user namespace.
enter() {
	mkdir /mnt/host
	cd /mnt
	pivot_root . host
	cd /src
	umount -l /host
	update-ca-certificates
	[ "$user" = root ] || useradd --create-home "$user"
	chown -R "$user" /src
}

# as runs a command as a user who has just logged in, for so long at most.
as() {
	local what="as $1, /dev/net/tun with mode $mode: $3" begun=$SECONDS
	echo "== $what"
	su -l "$1" -c "cd /src && export GOPROXY='$goproxy' PATH=\$PATH:$goroot/bin && exec timeout $2 $3"
	echo "== $what: $((SECONDS - begun)) s"
}

[ $# = 2 ] || { outside; exit; }
user=$1 mode=$2 goroot=$(go env GOROOT) goproxy=$(go env GOPROXY)
trap 'exit 130' INT TERM
machine
enter
[ "$user" = root ] || as root 20m "make deps" # which only root can
as "$user" 20m "make run"
as "$user" 60m "make test"
