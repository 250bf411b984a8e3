#!/bin/sh
# Makes what a release is, in dist/: for amd64 and arm64 a tar.gz, deb, rpm, apk and the list of
# what is built in (CycloneDX), an OCI image of both, and SHA256SUMS. Two runs on one commit make
# the same bytes: every time in them is that of the commit.
set -eu
umask 022
export LC_ALL=C TZ=UTC0
cd "$(dirname "$0")/.."
stamp=$(./scripts/stamp.sh)
IFS=, read -r tag revision date state <<EOF
$stamp
EOF
[ -n "$revision" ] || { echo "package: not in a git clone; a release says its commit" >&2; exit 1; }
[ "$state" = clean ] || { echo "package: files differ from the commit; commit them first" >&2; exit 1; }
SOURCE_DATE_EPOCH=$(date -d "$date" +%s)
export SOURCE_DATE_EPOCH CGO_ENABLED=0 GOOS=linux
short=$(printf %.7s "$revision")
if git describe --tags --exact-match --match 'v[0-9]*' >/dev/null 2>&1; then
	version=$(echo "${tag#v}" | sed 's/-/~/') apk=$(echo "${tag#v}" | sed 's/-/_/;s/_rc\./_rc/')
else
	version=0.0.0~dev+$short apk=0.0.0_git$(date -d "$date" +%Y%m%d%H%M%S)
fi
dist=$PWD/dist work=$PWD/bin/package name=tcpbench-go_$version
rm -rf "$dist" "$work"
mkdir -p "$dist" "$work"
# They run here, whatever is built.
env -u GOOS GOFLAGS=-mod=readonly "${GO:-go}" build -modfile=go.package.mod -buildvcs=false -o "$work/" \
	github.com/goreleaser/nfpm/v2/cmd/nfpm github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod

nfpm() { # a package of the kind $1 from the tree $2, of the version $3
	find "$2" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	TREE=$2 VERSION=$3 ARCH=$arch "$work/nfpm" package -f scripts/package/nfpm.yaml -p "$1" -t "$dist"
}

for arch in amd64 arm64; do
	export GOARCH=$arch
	echo "package: $arch"
	here=$work/$arch
	"${GO:-go}" build -trimpath -buildvcs=false -ldflags "-s -w -X tcpbench/experiment/cell.stamp=$stamp" \
		-o "$here/tcpbench" ./cmd/tcpbench
	./scripts/tree.sh "$here/tcpbench" "$here/tree" /usr
	nfpm rpm "$here/tree" "$version"
	nfpm apk "$here/tree" "$apk"
	cp -R "$here/tree" "$here/deb"
	mkdir "$here/deb/usr/share/zsh/vendor-completions" # where Debian's zsh looks
	mv "$here/deb/usr/share/zsh/site-functions/_tcpbench" "$here/deb/usr/share/zsh/vendor-completions"
	rmdir "$here/deb/usr/share/zsh/site-functions"
	# Debian has the licence itself.
	printf 'Copyright: the tcpbench authors\nLicence: Apache-2.0, /usr/share/common-licenses/Apache-2.0\n%s\n' \
		'Those of the modules that are built into it are in licences/.' >"$here/deb/usr/share/doc/tcpbench-go/copyright"
	nfpm deb "$here/deb" "$version"
	top=${name}_linux_$arch
	cp -R "$here/tree/usr" "$here/$top"
	sed -i 's|/usr/bin/|/usr/local/bin/|' "$here/$top/lib/systemd/system/tcpbench-agent.service" \
		"$here/$top/share/doc/tcpbench-go/examples/systemd/tcpbench-agent.service"
	./scripts/package/archive.sh "$dist/$top.tar.gz" "$here" "$top"
	"$work/cyclonedx-gomod" bin -json -std -noserial -notimestamp -version "$tag" \
		-output "$dist/${name}_linux_${arch}_sbom.json" \
		"$here/tcpbench" 2>/dev/null
done
./scripts/package/oci.sh "$dist/${name}_oci.tar" "$version" "$revision" "$work/amd64/tree" "$work/arm64/tree"
(cd "$dist" && sha256sum -- * >"$work/SHA256SUMS" && mv "$work/SHA256SUMS" .)
ls -l "$dist"
