#!/bin/sh
# Installs a tree that tree.sh laid out, or removes what it installed:
# put.sh install TREE DESTDIR PREFIX, put.sh remove DESTDIR PREFIX. What it makes is listed in the
# installation: a later version takes the place of all of an earlier one's, and of nobody else's.
set -eu
umask 022
unset CDPATH # with which cd prints

listed() { [ ! -e "$list" ] || sed -n "s/^$1 //p" "$list"; }

# write lists the directories that were made, and the files $1; a file system that is full leaves the list as it was.
write() {
	{ echo "$made" | sed -n 's/^./d &/p'; echo "$1" | sort -u | sed -n 's/^./f &/p'; } >"$list.new"
	mv "$list.new" "$list"
}

# drop removes directories that are empty, inner ones first.
drop() {
	sort -r | while read -r d; do
		rmdir "$dest/$d" 2>/dev/null || [ ! -d "$dest/$d" ] || echo "not empty: $dest/$d" >&2
	done
}

put() {
	files=$(cd "$tree" && find . -type f | sed 's|^\./||' | sort)
	dirs=$(cd "$tree" && find . -mindepth 1 -type d | sed 's|^\./||' | sort)
	echo "$files" | while read -r f; do
		{ [ ! -e "$dest/$f" ] && [ ! -L "$dest/$f" ]; } || listed f | grep -qxF -- "$f" ||
			{ echo "$dest/$f is there, and not of an installation of this; move it away, or take another PREFIX" >&2; exit 1; }
	done
	old=$(listed f)
	made=$({ listed d; echo "$dirs" | while read -r d; do [ -d "$dest/$d" ] || echo "$d"; done; } | sort -u)
	mkdir -p "$(dirname "$list")"
	write "$(printf '%s\n%s\n' "$old" "$files")" # before they are: whatever fails, all can be removed
	echo "$dirs" | while read -r d; do mkdir -p "$dest/$d"; done
	echo "$files" | while read -r f; do
		mode=644
		[ ! -x "$tree/$f" ] || mode=755
		install -m "$mode" "$tree/$f" "$dest/$f"
	done
	echo "$old" | while read -r f; do
		[ -z "$f" ] || echo "$files" | grep -qxF -- "$f" || rm -f "$dest/$f"
	done
	gone=$(echo "$made" | while read -r d; do [ -z "$d" ] || echo "$dirs" | grep -qxF -- "$d" || echo "$d"; done)
	[ -z "$gone" ] || echo "$gone" | drop
	made=$(echo "$made" | while read -r d; do [ -z "$d" ] || [ ! -d "$dest/$d" ] || echo "$d"; done)
	write "$files"
}

remove() {
	[ -e "$list" ] || { echo "nothing is installed below $dest$prefix" >&2; exit 1; }
	dirs=$(listed d)
	listed f | while read -r f; do rm -f "$dest/$f"; done
	rm -f "$list"
	[ -z "$dirs" ] || echo "$dirs" | drop
}

what=$1
[ "$what" = remove ] || { tree=$2; shift; mkdir -p "${2:-/}"; }
[ -d "${2:-/}" ] || { echo "nothing is installed below $2$3" >&2; exit 1; }
dest=$(cd "${2:-/}" && pwd) prefix=$3
dest=${dest%/}
list=$dest$prefix/share/doc/tcpbench-go/installed
case $what in
install) put ;;
remove) remove ;;
*) echo "put.sh: $what is neither install nor remove" >&2; exit 2 ;;
esac
