#!/usr/bin/env bash
# Runs every fuzz target for FUZZTIME (default 20s) each, or those whose "package target" has
# the regular expression FUZZ in it, and says at the end what ran, for how long. Exit status 1
# where one found something; the others run all the same.
# Inputs of new coverage are made small for 1s at most: the default of 60s can take
# all of FUZZTIME. go test still writes down what fails.
set -uo pipefail
cd "$(dirname "$0")/.."
ran=() failed=0
while IFS=: read -r file target; do
	what="$(dirname "$file") $target"
	[[ $what =~ ${FUZZ:-} ]] || continue
	echo "== $what"
	begun=$SECONDS found=nothing
	${GO:-go} test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-20s}" -fuzzminimizetime 1s "$(dirname "$file")" ||
		{ found="SOMETHING, see above" failed=1; }
	ran+=("$(printf '%-32s %-24s %6d s  found %s' $what $((SECONDS - begun)) "$found")")
done < <(grep -rn --include='*_test.go' '^func Fuzz' . | sed -E 's/^([^:]*):[0-9]*:func (Fuzz[A-Za-z0-9_]*).*/\1:\2/' | sort)
printf '%s\n' "" "FUZZTIME ${FUZZTIME:-20s}, ${#ran[@]} targets, with what building took:" "${ran[@]}"
exit $failed
