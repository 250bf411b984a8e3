#!/bin/sh
# Lays out what an installation has, in a directory made anew: tree.sh BINARY DIR PREFIX.
# BINARY may be of another architecture, which GOARCH then names.
set -eu
umask 022
unset CDPATH # with which cd prints
binary=$(realpath "$1") prefix=$3
rm -rf "$2"
mkdir -p "$2"
root=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."
host=$(${GO:-go} env GOHOSTARCH) share=$root$prefix/share
doc=$share/doc/tcpbench-go
mkdir -p "$root$prefix/bin" "$root$prefix/lib/systemd/system" "$share/man/man1" "$doc" \
	"$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
install -m 755 "$binary" "$root$prefix/bin/tcpbench"

GOARCH=$host ${GO:-go} run -tags man ./cmd/tcpbench "$share/man/man1"
gzip -9n "$share/man/man1"/*.1
completion() { GOARCH=$host CGO_ENABLED=0 ${GO:-go} run -buildvcs=false ./cmd/tcpbench completion "$1"; }
completion bash >"$share/bash-completion/completions/tcpbench.bash"
completion zsh >"$share/zsh/site-functions/_tcpbench"
completion fish >"$share/fish/vendor_completions.d/tcpbench.fish"

# As systemd and sed want a path.
unit=$(printf '%s' "$prefix/bin/" | sed 's/%/%%/g; s/ /\\x20/g; s/[\\&|]/\\&/g')
sed "s|/usr/local/bin/|$unit|" examples/systemd/tcpbench-agent.service \
	>"$root$prefix/lib/systemd/system/tcpbench-agent.service"
cp ./*.md "$doc"
cp -R docs examples "$doc"
cp "$root$prefix/lib/systemd/system/tcpbench-agent.service" "$doc/examples/systemd"
find "$doc/docs" "$doc/examples" -type f -exec chmod 644 {} +
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
{
	printf 'tcpbench is licensed on the terms below. Those of the modules that are built into it\n'
	printf 'are in licences/.\n\n'
	cat LICENSE
} >"$doc/copyright"
./scripts/licences.sh "$doc/licences"
chmod -R u=rwX,go=rX "$root" # whatever the umask of the clone was
