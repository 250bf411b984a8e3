#!/usr/bin/env bash
# Measures what docs/plots.md shows, in labs of its own, and draws it into docs/plots. Its
# commands are those of the page, each a line of a block of sh.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf runs/gallery docs/plots
mkdir -p runs/gallery
export PATH="$PWD/bin:$PATH"

# blocks prints the commands of the page.
blocks() { awk '/^```sh$/ {on=1; next} /^```$/ {on=0} on' docs/plots.md; }

blocks | while IFS= read -r line; do
	[ -n "$line" ] || continue
	echo "\$ $line"
	bash -c "$line" </dev/null >/dev/null
done
for f in docs/plots/*.png; do
	[ "$(stat -c %s "$f")" -le 153600 ] || { echo "$f is larger than 150 KB" >&2; exit 1; }
done
