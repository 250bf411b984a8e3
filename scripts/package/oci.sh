#!/bin/sh
# Makes an OCI image of both architectures as one tar: oci.sh FILE VERSION REVISION TREE_AMD64 TREE_ARM64.
# An image is JSON and tars named by their SHA-256, which no tool is needed for. There is nothing
# but the program in it, its licences, and a directory that every user may write results to.
set -eu
umask 022
file=$(realpath "$1") version=$2 revision=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
mkdir -p "$dir/oci/blobs/sha256"

pack() {
	tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=ustar -cf "$1" -C "$2" .
}
sum() { sha256sum "$1" | cut -d ' ' -f 1; }
# blob takes a file over, and prints its descriptor without the closing brace.
blob() {
	printf '{"mediaType":"%s","digest":"sha256:%s","size":%s' "$2" "$(sum "$1")" "$(stat -c %s "$1")"
	mv "$1" "$dir/oci/blobs/sha256/$(sum "$1")"
}
labels() {
	printf '{"org.opencontainers.image.title":"tcpbench","org.opencontainers.image.description":"%s",' \
		'How many TCP connections per second a client can open, and what stops it'
	printf '"org.opencontainers.image.version":"%s","org.opencontainers.image.revision":"%s",' "$version" "$revision"
	printf '"org.opencontainers.image.created":"%s","org.opencontainers.image.licenses":"Apache-2.0"}' "$created"
}

# image adds that of an architecture, and prints its descriptor.
image() {
	root=$dir/$1
	doc=usr/share/doc/tcpbench-go
	mkdir -p "$root/usr/bin" "$root/$doc" "$root/work" "$root/tmp"
	cp "$2/usr/bin/tcpbench" "$root/usr/bin"
	cp -R "$2/$doc/copyright" "$2/$doc/licences" "$root/$doc"
	chmod 1777 "$root/work" "$root/tmp"
	pack "$dir/layer" "$root"
	diff=$(sum "$dir/layer")
	gzip -9n "$dir/layer"
	layer=$(blob "$dir/layer.gz" application/vnd.oci.image.layer.v1.tar+gzip)
	printf '{"created":"%s","architecture":"%s","os":"linux",' "$created" "$1" >"$dir/config"
	printf '"config":{"Entrypoint":["/usr/bin/tcpbench"],"Env":["PATH=/usr/bin"],"WorkingDir":"/work","Labels":%s},' "$(labels)" >>"$dir/config"
	printf '"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},' "$diff" >>"$dir/config"
	printf '"history":[{"created":"%s","created_by":"tcpbench: make package"}]}' "$created" >>"$dir/config"
	config=$(blob "$dir/config" application/vnd.oci.image.config.v1+json)
	manifest=application/vnd.oci.image.manifest.v1+json
	printf '{"schemaVersion":2,"mediaType":"%s","config":%s},"layers":[%s}],"annotations":%s}' \
		$manifest "$config" "$layer" "$(labels)" >"$dir/manifest"
	blob "$dir/manifest" $manifest
	printf ',"platform":{"architecture":"%s","os":"linux"}}' "$1"
}

index=application/vnd.oci.image.index.v1+json
# By themselves: a substitution that fails ends the script where it is assigned, and not in an argument.
amd64=$(image amd64 "$4")
arm64=$(image arm64 "$5")
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s],"annotations":%s}' $index \
	"$amd64" "$arm64" "$(labels)" >"$dir/index"
# The outer index has one entry with a name, by which tools load both.
both=$(blob "$dir/index" $index)
printf '{"schemaVersion":2,"mediaType":"%s","manifests":[%s,' $index "$both" >"$dir/oci/index.json"
printf '"annotations":{"org.opencontainers.image.ref.name":"%s"}}]}' "$version" >>"$dir/oci/index.json"
printf '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci/oci-layout"
pack "$file" "$dir/oci"
