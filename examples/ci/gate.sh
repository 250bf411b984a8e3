#!/bin/sh
# gate.sh: a change is measured in turn with the branch that it is to be merged
# into, in labs of their own, and a policy decides. It runs in the root of a git
# checkout of the change, and leaves tcpbench-results/ there: report.html,
# summary.md, gate.xml (JUnit) and the results, base/ and change/.
#
# action.yml and gitlab.yml call it, and say what these mean:
#   TCPBENCH_SERVER  TCPBENCH_BUILD  TCPBENCH_TARGET  TCPBENCH_LOAD  TCPBENCH_REPEATS
#   TCPBENCH_POLICY  TCPBENCH_BASE  TCPBENCH_RELEASE  TCPBENCH_SHA256SUMS
#   TCPBENCH_INCONCLUSIVE
#
# The exit status is that of `tcpbench gate`: 0 passed, 99 failed, 98 inconclusive;
# else 1 when something did not work, 2 for a setting that is wrong, and 4 when
# this host has no labs. What went wrong is the last line of stderr.
set -eu
unset CDPATH # with which cd prints

results=$PWD/tcpbench-results
places=$(cd "${RUNNER_TEMP:-${TMPDIR:-/tmp}}" && pwd -P) # as git writes the paths of work trees
beside=$(cd "$(dirname "$0")" && pwd)
policy=${TCPBENCH_POLICY:-$beside/policy.yaml}
target=${TCPBENCH_TARGET:-http://{server\}:8080/}
load=${TCPBENCH_LOAD:--n 5k -z 2s -c 8}
repeats=${TCPBENCH_REPEATS:-12}
export GIT_TERMINAL_PROMPT=0 # nobody is there to type a password

# fail STATUS TEXT: a text of many lines is one on stderr, and whole as GitHub's annotation.
fail() {
	text=$(printf '%s' "$2") # without a line's end at its end
	[ -z "${GITHUB_ACTIONS:-}" ] || printf '::error title=tcpbench::%s\n' "$(printf '%s\n' "$text" | escape)"
	printf 'tcpbench gate: %s\n' "$(printf '%s' "$text" | tr -d '\r' | tr '\n' ' ')" >&2
	exit "$1"
}

# escape does so as GitHub wants it of the value of a command.
escape() { awk '{ gsub(/%/, "%25"); gsub(/\r/, "%0D"); printf "%s%s", newline, $0; newline = "%0A" }'; }

say() { printf 'tcpbench gate: %s\n' "$1"; }

# git trusts the checkout, which in a container may be another user's.
git() { GIT_CONFIG_GLOBAL=$tmp/gitconfig command git "$@"; }

# trust writes the configuration for it: the user's own, and what git before 2.38 does not take
# from a command line.
trust() {
	if [ -n "${GIT_CONFIG_GLOBAL+set}" ]; then
		set -- "$GIT_CONFIG_GLOBAL"
	else
		set -- "${XDG_CONFIG_HOME:-${HOME:-}/.config}/git/config" "${HOME:-}/.gitconfig"
	fi
	for own; do
		case $own in
		/*) ;;
		'') continue ;; # none, as git has it
		*) own=$PWD/$own ;;
		esac
		command git config --file "$tmp/gitconfig" --add include.path "$own"
	done
	command git config --file "$tmp/gitconfig" --add safe.directory '*'
}

check_checkout() {
	git rev-parse --git-dir >/dev/null 2>&1 ||
		fail 1 "$PWD is no git checkout, which the base comes from: check the change out with git, before this"
}

check_settings() {
	[ -n "${TCPBENCH_SERVER:-}" ] || fail 2 "server: how your server is started is missing"
	[ -n "${TCPBENCH_BASE:-}" ] || fail 2 "base: not a pull or merge request, so name the branch to compare with"
	[ -f "$policy" ] || fail 2 "policy: there is no file $policy"
	case $repeats in
	'' | 0* | *[!0-9]*) fail 2 "repeats: want a number from 1, not $repeats" ;;
	esac
	case ${TCPBENCH_INCONCLUSIVE:=fail} in
	fail | pass) ;;
	*) fail 2 "inconclusive: want fail or pass, not $TCPBENCH_INCONCLUSIVE" ;;
	esac
}

# Where a workspace is kept, a job that was killed left its results and its work tree.
# What is removed is a work tree of this clone, where make_place makes them, with the
# mark of a gate that has ended: no other folder, and none of a gate that still runs.
clean_up() {
	rm -rf "$results"
	for mark in "$places"/tcpbench.*/gate.pid; do
		old=${mark%/*}
		git worktree list --porcelain | grep -qxF "worktree $old/base" || continue
		pid=$(cat "$mark")
		# A container gives the same id again: what has ours is no other gate.
		if [ "$pid" = $$ ] || [ ! -d "/proc/$pid" ]; then
			rm -rf "$old"
		fi
	done
	git worktree prune
}

make_place() {
	tmp=$(mktemp -d "$places/tcpbench.XXXXXX")
	echo $$ >"$tmp/gate.pid"
	trap 'rm -rf "$tmp/base"; git worktree prune 2>/dev/null || :; rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM HUP
}

# fetch FROM TO: a URL or a file.
fetch() {
	case $1 in
	*://*)
		if command -v curl >/dev/null; then
			curl -fsSL --retry 3 -o "$2" "$1"
		else
			wget -q -O "$2" "$1"
		fi
		;;
	*) cp "$1" "$2" ;;
	esac || fail 1 "$1 cannot be fetched"
}

# install_tcpbench puts the release's program first on PATH; without a release the
# one that is there is used.
install_tcpbench() {
	release=${TCPBENCH_RELEASE:-}
	if [ -n "$release" ]; then
		name=${release##*/}
		fetch "$release" "$tmp/$name"
		fetch "${TCPBENCH_SHA256SUMS:-${release%"$name"}SHA256SUMS}" "$tmp/SHA256SUMS"
		awk -v name="$name" '$2 == name || $2 == "*" name' "$tmp/SHA256SUMS" >"$tmp/sum"
		[ -s "$tmp/sum" ] || fail 1 "SHA256SUMS has no line for $name"
		(cd "$tmp" && sha256sum -c sum >&2) || fail 1 "$name is not what SHA256SUMS says"
		mkdir "$tmp/release"
		tar -xzf "$tmp/$name" -C "$tmp/release" || fail 1 "$name cannot be unpacked"
		program=$(find "$tmp/release" -type f -name tcpbench | head -n 1)
		[ -n "$program" ] || fail 1 "$name has no program tcpbench"
		PATH=${program%/*}:$PATH
	fi
	command -v tcpbench >/dev/null || fail 2 "tcpbench is not on PATH; name a release"
	say "$(tcpbench version | head -n 1)"
}

# Ubuntu 24.04 forbids the user namespaces that labs need, except to root. Of a
# machine of GitHub's that is changed; of your own, tcpbench says what to do.
permit_labs() {
	if [ "${RUNNER_ENVIRONMENT:-}" = github-hosted ] && [ "$(id -u)" != 0 ] &&
		[ "$(sysctl -n kernel.apparmor_restrict_unprivileged_userns 2>/dev/null)" = 1 ]; then
		sudo -n sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
	fi
}

# merged_base prints the commit of the base that the system itself merged the change
# into, its first parent, where it checked such a merge out: the branch may have moved
# since. The first parent of a merge that is the author's is the change's own past.
merged_base() {
	case ${GITHUB_REF:-}${CI_MERGE_REQUEST_EVENT_TYPE:-} in
	refs/pull/*/merge | merged_result | merge_train) ;;
	*) return 0 ;;
	esac
	[ "$TCPBENCH_BASE" = "${GITHUB_BASE_REF:-${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}}" ] || return 0
	[ "$(git rev-parse HEAD)" = "${GITHUB_SHA:-${CI_COMMIT_SHA:-}}" ] || return 0
	# A shallow clone has no HEAD^1; the commit still names it.
	git cat-file commit HEAD | sed -n 's/^parent //p; /^$/q' | head -n 1
}

# base_ref prints BASE as what is fetched: a branch, also where a tag has its name,
# unless it is a commit or a whole ref.
base_ref() {
	if printf '%s\n' "$TCPBENCH_BASE" | grep -Eqx '[0-9a-f]{40}|refs/.*'; then
		printf '%s\n' "$TCPBENCH_BASE"
	else
		printf 'refs/heads/%s\n' "$TCPBENCH_BASE"
	fi
}

# fetch_base REF: a runner fetches the change alone. Of a whole clone, --depth would make
# a shallow one. In the pipeline of a fork, origin is the fork.
fetch_base() {
	depth=
	[ "$(git rev-parse --is-shallow-repository)" = false ] || depth=--depth=1
	git fetch --quiet --no-tags $depth -- origin "$1" && return
	project=${CI_MERGE_REQUEST_PROJECT_URL:-}
	[ -n "$project" ] || fail 1 "origin has no $1 to compare with"
	git fetch --quiet --no-tags $depth -- "$project" "$1" ||
		fail 1 "neither origin nor $project has $1 to compare with"
}

check_out_base() {
	base=$(merged_base)
	[ -n "$base" ] || base=$(base_ref)
	case $base in
	refs/*)
		git check-ref-format "$base" || fail 2 "base: $TCPBENCH_BASE is not a branch, a commit or a ref"
		fetch_base "$base"
		base=FETCH_HEAD
		;;
	*) git cat-file -e "$base^{commit}" 2>/dev/null || fetch_base "$base" ;;
	esac
	say "compare with $(git rev-parse "$base")"
	git worktree add --quiet --detach "$tmp/base" "$base" || fail 1 "$TCPBENCH_BASE cannot be checked out"
	check_out_submodules
}

# check_out_submodules gives the base its own, unless the change is checked out without: what
# builds without them is not to need the right to fetch them.
check_out_submodules() {
	[ -e "$tmp/base/.gitmodules" ] || return 0
	if [ -e .gitmodules ] && ! git submodule status 2>/dev/null | grep -q '^[^-]'; then
		return 0
	fi
	(cd "$tmp/base" && git submodule --quiet update --init --recursive) ||
		fail 1 "the submodules of $TCPBENCH_BASE cannot be checked out: may this job fetch them?"
}

# build SIDE DIR
build() {
	[ -n "${TCPBENCH_BUILD:-}" ] || return 0
	say "build the $1: $TCPBENCH_BUILD"
	(cd "$2" && sh -ec "$TCPBENCH_BUILD") || fail 1 "the build of the $1 failed: $TCPBENCH_BUILD"
}

# measure SIDE DIR N
measure() {
	eval "set -- \"\$@\" $load" # LOAD may quote
	side=$1 dir=$2 n=$3
	shift 3
	(cd "$dir" && tcpbench run "$@" --server-cmd "$TCPBENCH_SERVER" -o "$results/$side/$n.json" "$target") \
		>"$tmp/run" 2>&1 && return
	status=$?
	cat "$tmp/run" >&2
	fail "$status" "run $n of the $side failed: $(tail -n 1 "$tmp/run")"
}

# In turn, A B B A: a machine that becomes slower meets both alike.
measure_both() {
	n=0
	while [ $((n += 1)) -le "$repeats" ]; do
		say "measure, $n of $repeats"
		if [ $((n % 2)) = 1 ]; then
			measure base "$tmp/base" "$n"
			measure change "$PWD" "$n"
		else
			measure change "$PWD" "$n"
			measure base "$tmp/base" "$n"
		fi
	done
}

gate() { tcpbench gate -f "$policy" --baseline "$results/base" "$@" "$results/change"; }

# The summary and the page are for people: the gate decides also without them.
report() {
	gate --format junit >"$results/gate.xml" 2>/dev/null || :
	{
		gate --format markdown 2>/dev/null || :
		echo
		tcpbench compare --format markdown "$results/base" "$results/change" || :
	} >"$results/summary.md"
	tcpbench report -o "$results/report.html" "$results/base" "$results/change" || :
	[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$results/summary.md" >>"$GITHUB_STEP_SUMMARY"
	[ -z "${GITHUB_ACTIONS:-}" ] || gate --format github 2>/dev/null || :
}

check_settings
command git version >/dev/null 2>&1 || fail 1 "git is not on PATH: install it before the change is checked out"
make_place
trust
check_checkout
clean_up
install_tcpbench
permit_labs
build change "$PWD"
check_out_base
build base "$tmp/base"
measure_both
report
status=0
gate || status=$?
[ -z "${GITHUB_OUTPUT:-}" ] || echo "status=$status" >>"$GITHUB_OUTPUT"
if [ "$status" = 98 ] && [ "$TCPBENCH_INCONCLUSIVE" = pass ]; then
	status=0
fi
exit "$status"
