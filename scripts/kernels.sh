#!/usr/bin/env bash
# Runs tests of the kernel's behaviour on the kernels of Debian 12, each in a virtual
# machine without KVM, and writes docs/kernels.md from what they answered.
#
#   KERNELS=short  the limits alone, as root, with the engine that auto takes and its
#                  usual sockets; the document has to say the same
#   GUESTS=6.1     one kernel alone; RUN='^TestX$' these tests alone: neither is
#                  held against the document
#
# Nothing is installed: packages are unpacked into a cache, and fetched once.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${KERNELS:=whole}" "${GUESTS:=6.1 6.12}" "${RUN:=}"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/tcpbench-kernels out=$PWD/runs/kernels

die() { echo "make kernels: $*" >&2; exit 1; }

case $KERNELS in
short) limit=${KERNELS_TIMEOUT:-420} users=root runs='^short ' ;;
whole) limit=${KERNELS_TIMEOUT:-3600} users='root nobody' runs='^(short|whole) ' ;;
*) die "KERNELS=$KERNELS is neither short nor whole" ;;
esac

# package NAME: a regular expression for its package.
package() {
	case $1 in
	busybox) echo busybox-static ;;
	6.1) echo 'linux-image-6\.1\.[^-]*-[0-9]+-cloud-amd64' ;;
	6.12) echo 'linux-image-6\.12\.[^-]*\+deb12-cloud-amd64' ;;
	*) die "no guest is called $1: there are 6.1 and 6.12" ;;
	esac
}

# newest REGEXP: the package of that name with the highest version that apt lists, and its version.
newest() {
	local name
	name=$(apt-cache pkgnames | grep -E "^$1\$" | sort -V | tail -n 1) && [ -n "$name" ] &&
		apt-cache show --no-all-versions "$name" | sed -n "s/^Version: \([0-9]*:\)\?/$name /p"
}

# fetch NAME VERSION: into the cache.
fetch() {
	local new status=0
	new=$(mktemp -d "$cache/new.XXXXXX")
	(cd "$new" && timeout 2m apt-get -q download "$1" >&2 && dpkg -x ./*.deb . && rm ./*.deb) || status=1
	# Another run may have put it there meanwhile.
	[ $status != 0 ] || mv -T "$new" "$cache/$1_$2" 2>/dev/null || true
	rm -rf "$new"
	return $status
}

# unpacked NAME: the folder of its newest package; of the newest one kept where
# apt has none, or cannot fetch it.
unpacked() {
	local regexp name version kept
	regexp=$(package "$1") || exit 1
	read -r name version < <(newest "$regexp") || true
	if [ -z "$name" ] || [ ! -d "$cache/${name}_$version" ]; then
		# What apt lists may be gone from its archive.
		[ "$(id -u)" != 0 ] || timeout 2m apt-get -q update >&2 || true
		read -r name version < <(newest "$regexp") || true
		[ -z "$name" ] || [ -d "$cache/${name}_$version" ] || fetch "$name" "$version" || name=
	fi
	[ -z "$name" ] || { echo "$cache/${name}_$version"; return; }
	kept=$(find "$cache" -mindepth 1 -maxdepth 1 | grep -E "/${regexp}_[^/]*\$" | sort -V | tail -n 1) || true
	[ -n "$kept" ] || die "apt has no package $regexp, or cannot download it (it says why above), and none is kept" \
		"in $cache. Debian 12 with its security updates has it; this needs a network once."
	echo "make kernels: apt has no package $regexp, or cannot download it: going on with $kept" >&2
	echo "$kept"
}

# tests NAME: the lines of user and tests that the guest is to run.
tests() {
	local user engine=
	case $KERNELS,$1 in
	short,6.1) engine='/^epoll,_keep' ;; # it has epoll alone
	short,*) engine='/^io_uring' ;;
	esac
	for user in $users; do
		if [ -n "$RUN" ]; then
			echo "$user $RUN"
		else
			grep -E "$runs[^ ]*$user" scripts/kernels/runs | sed "s|^[^ ]* [^ ]*\(.*\)|$user\1$engine|"
		fi
	done
}

# initramfs NAME FOLDER: what the guest boots into.
initramfs() {
	local root=$out/$1.root module
	mkdir -p "$root"/{bin,lib,proc,sys,dev,tmp,etc}
	cp "$busybox/bin/busybox" "$out/tests" "$root/bin/"
	for applet in sh mount insmod poweroff ip su stty cat tr uname chmod cut; do ln -s busybox "$root/bin/$applet"; done
	cp scripts/kernels/init "$root/"
	tests "$1" >"$root/runs"
	printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
	for module in inet_diag tcp_diag veth tun; do
		cp "$(find "$2/lib/modules" -name "$module.ko*")" "$root/lib/"
		[ ! -e "$root/lib/$module.ko.xz" ] || "$busybox/bin/busybox" unxz "$root/lib/$module.ko.xz"
	done
	(cd "$root" && find . | "$busybox/bin/busybox" cpio -o -H newc 2>/dev/null | gzip -1) >"$out/$1.initramfs"
	rm -rf "$root"
}

# guest NAME FOLDER: boots the kernel with the tests; its console and rows are NAME.log and NAME.rows.
guest() {
	local begun=$SECONDS
	initramfs "$1" "$2"
	# Without mitigations, which cost an emulated CPU most of its time, and without timers of
	# microseconds, which Go's monitor threads sleep for: a third of the rest. Its clock is its TSC,
	# and a host that is busy while it boots must not make it look for another timer.
	timeout --kill-after=10 "$limit" qemu-system-x86_64 -machine pc,accel=tcg -cpu max -smp 1 -m 2048 -nodefaults \
		-display none -no-reboot -serial "file:$out/$1.log" -serial "file:$out/$1.rows" \
		-kernel "$(echo "$2"/boot/vmlinuz-*)" -initrd "$out/$1.initramfs" \
		-append "console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check highres=off" 2>"$out/$1.qemu" &
	trap "kill $!" TERM # of this shell's, when the script is interrupted: nothing of it is left
	wait $! ||
		echo "qemu ended with status $? (124: after $limit s)" >>"$out/$1.log"
	echo "Linux $1: $((SECONDS - begun)) s"
}

# judged NAME: whether every test ran and passed in the guest; else what it said.
judged() {
	grep -a "^user.*exit status" "$out/$1.log" | tr -d '\r' | sed "s/^/Linux $1: /" || true
	grep -aq "^every test was run" "$out/$1.log" &&
		! grep -a "^user.*exit status" "$out/$1.log" | grep -avq "exit status 0," && return
	echo "Linux $1: not every test ran and passed; all of it is in $out/$1.log" >&2
	cat "$out/$1.qemu" >&2
	grep -aE -A 8 '^ *--- FAIL|_test.go:[0-9]+:|panic|^qemu ended' "$out/$1.log" | tail -n 80 >&2
	return 1
}

for tool in apt-cache apt-get dpkg; do
	command -v $tool >/dev/null || die "this needs $tool: its kernels are packages of Debian 12"
done
command -v qemu-system-x86_64 >/dev/null || ./scripts/install.sh --no-install-recommends qemu-system-x86
rm -rf "$out"
mkdir -p "$cache" "$out"
busybox=$(unpacked busybox)
CGO_ENABLED=0 GOARCH=amd64 ${GO:-go} test -c -ldflags='-s -w' -o "$out/tests" ./cmd/tcpbench
pids=()
for kernel in $GUESTS; do
	folder=$(unpacked "$kernel")
	guest "$kernel" "$folder" &
	pids+=($!)
done
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT
wait
failed=0
for kernel in $GUESTS; do judged "$kernel" || failed=1; done
[ $failed = 0 ] || exit 1
[ -z "$RUN" ] && [ "$GUESTS" = "6.1 6.12" ] || exit 0
TCPBENCH_KERNELS=$out KERNELS=$KERNELS ${GO:-go} test -count=1 ./cmd/tcpbench -run '^TestTheDocumentOfOtherKernels$'
