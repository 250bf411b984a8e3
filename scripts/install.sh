#!/bin/sh
# Installs Debian packages, with the options of apt-get before them, as root or
# through sudo; else says what is missing.
set -eu
if [ "$(id -u)" = 0 ]; then
	sudo=
elif command -v sudo >/dev/null; then
	sudo=sudo
else
	echo "these packages are missing, and only root can install them: $(echo "$*" | sed 's/--[^ ]* //g')" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update
$sudo apt-get install -y "$@"
