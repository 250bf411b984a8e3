#!/bin/sh
# Installs a tree that tree.sh laid out, or removes what it installed:
# put.sh install TREE DESTDIR PREFIX, put.sh remove DESTDIR PREFIX. What it makes is listed in the
# installation, so that a later version removes all of an earlier one's.
set -eu
umask 022

# remove removes the files of a list, and the directories that were made for them once they are empty.
remove() {
	[ -e "$list" ] || { echo "nothing is installed below $dest$prefix" >&2; exit 1; }
	all=$(cat "$list")
	rm -f "$list"
	echo "$all" | sed -n 's/^f //p' | while read -r f; do rm -f "$dest/$f"; done
	echo "$all" | sed -n 's/^d //p' | sort -r | while read -r d; do
		rmdir "$dest/$d" 2>/dev/null || [ ! -d "$dest/$d" ] || echo "not empty: $dest/$d" >&2
	done
}

put() {
	made=$(cd "$tree" && find . -mindepth 1 -type d | sed 's|^\./||' | sort | while read -r d; do
		[ -d "$dest/$d" ] || { mkdir "$dest/$d"; echo "d $d"; }
	done)
	files=$(cd "$tree" && find . -type f | sed 's|^\./||' | sort | while read -r f; do
		mode=644
		[ ! -x "$f" ] || mode=755
		install -m "$mode" "$f" "$dest/$f"
		echo "f $f"
	done)
	printf '%s\n%s\n' "$made" "$files" >"$list"
}

what=$1
[ "$what" = remove ] || { tree=$2; shift; }
mkdir -p "${2:-/}"
dest=$(cd "${2:-/}" && pwd) prefix=$3
dest=${dest%/}
list=$dest$prefix/share/doc/tcpbench-go/installed
case $what in
install)
	[ ! -e "$list" ] || remove
	put
	;;
remove) remove ;;
*) echo "put.sh: $what is neither install nor remove" >&2; exit 2 ;;
esac
