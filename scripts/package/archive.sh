#!/bin/sh
# Makes a tar.gz of what the directory TOP in DIR has, at SOURCE_DATE_EPOCH: archive.sh FILE DIR TOP.
# Without directories: their owners and modes tar as root would give to those that are there, and
# put them in the place of links to such.
set -eu
export LC_ALL=C
part=$(mktemp -d)
trap 'rm -rf "$part"' EXIT
trap 'exit 130' INT TERM HUP
(cd -- "$2" && find "$3" ! -type d) >"$part/list"
sort -o "$part/list" "$part/list"
tar --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar -C "$2" --no-recursion \
	-cf "$part/tar" --verbatim-files-from -T "$part/list"
gzip -9nc "$part/tar" >"$1" # not a pipe, which is well where its first command fails
