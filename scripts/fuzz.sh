#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (default 20s) each.
# Inputs of new coverage are made small for 1s at most: the default of 60s can take
# all of FUZZTIME. go test still writes down what fails.
set -euo pipefail
cd "$(dirname "$0")/.."
grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	grep -o '^func Fuzz[A-Za-z0-9_]*' "$file" | sed 's/^func //' | while read -r target; do
		echo "== $(dirname "$file") $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1s "$(dirname "$file")"
	done
done
