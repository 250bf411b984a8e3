#!/bin/sh
# Prints what a build is made of, as the program takes it: VERSION,REVISION,DATE,clean or dirty.
# The version is the tag of the commit, or what Go calls it: two builds of one commit are equal,
# whoever made them. Nothing where git says nothing: outside a clone, or in one of another user.
set -eu
unset CDPATH # with which cd prints
cd "$(dirname "$0")/.."
revision=$(git rev-parse --verify -q HEAD 2>/dev/null) || exit 0
[ "$(git rev-parse --show-prefix)" = "" ] || exit 0 # a directory in the clone of something else
export TZ=UTC0
date=$(git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)
tag() { git describe --tags --abbrev=0 --match 'v[0-9]*.[0-9]*.[0-9]*' "$@" 2>/dev/null; }
if ! version=$(tag --exact-match); then
	commit=$(git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd)-$(printf %.12s "$revision")
	if last=$(tag --exclude "*-*"); then
		version=${last%.*}.$((${last##*.} + 1))-0.$commit
	else
		version=v0.0.0-$commit
	fi
fi
state=clean
[ -z "$(git status --porcelain)" ] || state=dirty version=$version+dirty
echo "$version,$revision,$date,$state"
