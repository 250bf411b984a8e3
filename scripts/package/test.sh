#!/bin/sh
# Tries the packages of dist/ where they would be used: in a clean Debian in memory (1 GB), in
# namespaces that end with this script. Installs the deb, measures as root and as another user,
# reads what came with it, removes it, and looks for what is left; then the rpm, the apk and the
# OCI image, which a container runtime starts. Run it as root, after make package.
set -eu
cd "$(dirname "$0")/../.."
self=scripts/package/test.sh

outside() {
	[ "$(id -u)" = 0 ] || { echo "make package-test mounts a machine of its own: run it as root" >&2; exit 1; }
	command -v mmdebstrap >/dev/null || ./scripts/install.sh mmdebstrap
	exec 3</proc/self/ns/net
	setpriv --pdeathsig KILL unshare --mount --pid --net --uts --fork --kill-child --propagation private $self inside
}

# machine makes a Debian in /mnt, from where this host has its own packages. The network is this
# host's for so long.
machine() {
	mount -t tmpfs -o mode=755 machine /mnt
	apt-get indextargets --format 'deb $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		sort -u | nsenter --net=/proc/self/fd/3 timeout 10m mmdebstrap --mode=root --variant=minbase \
		--include=zsh,fish,rpm,crun,iproute2,python3-minimal '' /mnt -
	mount -t proc proc /mnt/proc
	mount -t sysfs sysfs /mnt/sys
	mount -t tmpfs cgroup /mnt/sys/fs/cgroup # crun wants one
	cp -R dist scripts/package/test.sh scripts/package/container.py /mnt/srv
	mkdir /mnt/host
	cd /mnt
	pivot_root . host
	umount -l /host
	rmdir /host
	ip link set lo up
	useradd --create-home someone
}

say() { echo "== $*"; }
fail() { echo "package-test: $*" >&2; exit 1; }

# files are all there are, less what dpkg, rpm and users write.
files() {
	find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /srv -o -path /var/lib/dpkg -o -path /var/log \
		-o -path /var/cache -o -path /home/someone -o -path /root \) -prune -o -print | sort
}

# measure has a user measure with the program $2: a server of its own, and a lab that runs out of
# 1000 ports.
measure() {
	say "$1: run and run --until exhausted with $2"
	su -l "$1" -c "set -e; cd \$(mktemp -d)
		$2 serve --listen 127.0.0.1:7999 >/dev/null & trap 'kill \$!' EXIT; sleep 1
		$2 run -n 100 -o one.json 127.0.0.1:7999 >/dev/null
		$2 run --until exhausted --sysctl net.ipv4.ip_local_port_range='40000 40999' --force -o two.json >/dev/null
		grep -q '\"succeeded\": *100,' one.json && grep -q '\"after_connections\": *1000,' two.json" ||
		fail "$2 did not measure as $1"
}

deb() {
	before=$(files)
	say "deb: install"
	dpkg -i /srv/dist/*_"$arch".deb >/dev/null
	tcpbench version
	case $(tcpbench version) in *", clean, "*) ;; *) fail "tcpbench version is not that of a release" ;; esac
	measure root tcpbench
	measure someone tcpbench
	say "deb: man pages and completions"
	gzip -t /usr/share/man/man1/tcpbench.1.gz /usr/share/man/man1/tcpbench-run.1.gz
	bash -n /usr/share/bash-completion/completions/tcpbench.bash
	zsh -n /usr/share/zsh/vendor-completions/_tcpbench
	fish -n /usr/share/fish/vendor_completions.d/tcpbench.fish
	[ ! -e /etc/systemd/system/multi-user.target.wants/tcpbench-agent.service ] || fail "installing enabled the agent"
	say "deb: a package named tcpbench"
	mkdir -p /tmp/dummy/DEBIAN
	printf 'Package: tcpbench\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.com>\nDescription: another\n' \
		>/tmp/dummy/DEBIAN/control
	dpkg-deb --build /tmp/dummy /tmp/dummy.deb >/dev/null
	! dpkg -i /tmp/dummy.deb >/tmp/said 2>&1 || fail "tcpbench installs beside tcpbench-go"
	grep -q 'tcpbench-go conflicts with tcpbench' /tmp/said || fail "$(cat /tmp/said)"
	say "deb: purge"
	dpkg --purge tcpbench-go >/dev/null
	[ "$(files)" = "$before" ] || fail "left behind: $(files >/tmp/after; echo "$before" | diff - /tmp/after)"
	dpkg -i /tmp/dummy.deb >/dev/null && dpkg --purge tcpbench >/dev/null
}

rpm_() {
	say "rpm: install below a root of its own, and erase"
	rpm -qp --conflicts /srv/dist/*."$machine".rpm | grep -qx tcpbench || fail "the rpm does not conflict with tcpbench"
	mkdir /tmp/rpm
	rpm --root /tmp/rpm --nodeps -i /srv/dist/*."$machine".rpm
	/tmp/rpm/usr/bin/tcpbench version >/dev/null
	for f in $(rpm -qlp /srv/dist/*."$machine".rpm); do [ -e "/tmp/rpm$f" ] || fail "the rpm did not install $f"; done
	rpm --root /tmp/rpm -e tcpbench-go
	left=$(find /tmp/rpm -name '*tcpbench*')
	[ -z "$left" ] || fail "the rpm left $left"
}

apk() {
	say "apk: its files"
	list=$(tar -tzf /srv/dist/*_"$machine".apk 2>/dev/null)
	for f in .PKGINFO usr/bin/tcpbench usr/share/man/man1/tcpbench.1.gz; do
		echo "$list" | grep -qx "$f" || fail "the apk has no $f"
	done
}

oci() {
	say "OCI image: run TARGET, without a capability, as another user"
	python3 /srv/container.py unpack /srv/dist/*_oci.tar "$arch" /tmp/bundle
	/tmp/bundle/rootfs/usr/bin/tcpbench serve --listen 127.0.0.1:7998 >/dev/null &
	server=$!
	sleep 1
	contained 65532 masked "" run -n 100 -o /work/one.json 127.0.0.1:7998
	kill $server
	grep -q '"succeeded": *100,' /tmp/bundle/rootfs/work/one.json || fail "run TARGET in a container did not measure"
	say "OCI image: a lab, with CAP_SYS_ADMIN and CAP_NET_ADMIN, where /proc/sys can be written"
	contained 0 unconfined "CAP_SYS_ADMIN CAP_NET_ADMIN" run --until exhausted -o /work/two.json \
		--sysctl net.ipv4.ip_local_port_range="40000 40999"
	grep -q '"after_connections": *1000,' /tmp/bundle/rootfs/work/two.json ||
		fail "the lab in a container had not 1000 ports"
}

# contained runs the image's entrypoint as the user $1, with paths masked or not ($2), and with the
# capabilities $3 alone.
contained() {
	user=$1 paths=$2 caps=$3
	shift 3
	python3 /srv/container.py configure /tmp/bundle "$user" "$paths" "$caps" "$@"
	crun --cgroup-manager=disabled run --bundle /tmp/bundle test >/dev/null </dev/null ||
		fail "tcpbench $1 failed in a container of user $user"
}

inside() {
	trap 'exit 130' INT TERM HUP # a first process ignores what it has no trap for
	machine
	cd /
	arch=$(dpkg --print-architecture) machine=$(uname -m)
	deb
	rpm_
	apk
	oci
	say "done"
}

case ${1-} in
inside) inside ;;
*)
	ls dist/*.deb >/dev/null 2>&1 || { echo "package-test: nothing is in dist/; make package" >&2; exit 1; }
	outside
	;;
esac
