#!/bin/sh
# Copies the licence and the notices of every module that is built into the program to DIR, by
# module and version, with those of Go and of the report's script: licences.sh DIR [PACKAGE].
# Fails where a module has none. GOARCH may name another architecture.
set -eu
unset CDPATH # with which cd prints
mkdir -p "$1"
dir=$(cd "$1" && pwd) package=${2:-./cmd/tcpbench} none=
cd "$(dirname "$0")/.."

# keep copies what says on which terms the files in a directory $1 may be given on, to $2.
keep() {
	for f in "$1"/LICEN[CS]E* "$1"/[Ll]icen[cs]e* "$1"/COPYING* "$1"/NOTICE* "$1"/PATENTS* "$1"/COPYRIGHT*; do
		[ -e "$f" ] || continue
		case $f in *.go) continue ;; esac
		mkdir -p "$2"
		cp -R "$f" "$2"
	done
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
trap 'exit 130' INT TERM HUP
module='{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}} {{.Dir}} {{$.Dir}}{{end}}{{end}}'
GOOS=linux CGO_ENABLED=0 ${GO:-go} list -deps -f "$module" "$package" >"$list"
while read -r module root of; do
	keep "$root" "$dir/$module"
	[ -d "$dir/$module" ] || none="$none $module"
	# What a module took over from elsewhere has a licence of its own, beside it or above.
	while [ "$of" != "$root" ]; do
		keep "$of" "$dir/$module/${of#"$root"/}"
		of=${of%/*}
	done
done <"$list"
[ -z "$none" ] || { echo "no licence in:$(echo "$none" | tr ' ' '\n' | sort -u | tr '\n' ' ')" >&2; exit 1; }
goroot=$(${GO:-go} env GOROOT)
keep "$goroot" "$dir/go"
[ -e "$dir/go/LICENSE" ] || { echo "no licence of Go in $goroot" >&2; exit 1; }
mkdir -p "$dir/uPlot"
sed -n '/^\/\*! uPlot/,/\*\//p' report/web/dist/page.js >"$dir/uPlot/LICENSE"
grep -q 'MIT License' "$dir/uPlot/LICENSE" || { echo "no licence of uPlot in report/web/dist/page.js" >&2; exit 1; }
chmod -R u+w,go-w,a+rX "$dir"
