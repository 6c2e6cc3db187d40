#!/usr/bin/env bash
# Makes a container image of yodeld and yodel from their packages and the Debian of this host, without a registry and
# without a container engine. Installs missing packages. May be run repeatedly, from any folder.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
usage: packaging/build-image.sh [FILE]
  FILE  the OCI archive to write; by default build/image/yodel.tar

Environment:
  YODEL_DEBS=FOLDER  where the packages are; by default they are built by packaging/build-deb.sh
TEXT
}

case ${1-} in
  -h | --help)
    usage
    exit 0
    ;;
  -*)
    usage >&2
    step="reading the command line"
    exit 2
    ;;
esac
archive=$(realpath --canonicalize-missing "${1:-$root/build/image/yodel.tar}")
[ -z "${YODEL_DEBS-}" ] || YODEL_DEBS=$(realpath "$YODEL_DEBS")
cd "$root"
# The user in the image, as a number, so that Kubernetes can see that it is not root.
user=65532:65532

install "${image_packages[@]}"
if [ -z "${YODEL_DEBS-}" ]; then
  packaging/build-deb.sh
  YODEL_DEBS=build/deb
fi

work=$(mktemp --directory --tmpdir yodel-image.XXXXXX)
trap 'status=$?; rm -rf "$work"; (exit $status) || on_exit' EXIT

begin "collecting the packages from $YODEL_DEBS"
mkdir "$work/archive" "$work/apt"
for package in yodel yodeld; do
  cp "$YODEL_DEBS/$package"_*.deb "$work/archive" ||
    { echo "there is no package $package in $YODEL_DEBS; packaging/build-deb.sh builds it" >&2; exit 1; }
done
(cd "$work/archive" && dpkg-scanpackages --multiversion . >Packages 2>/dev/null)
version=$(dpkg-deb --field "$work"/archive/yodeld_*.deb Version)
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
printf 'deb [trusted=yes] copy:%s ./\n' "$work/archive" >"$work/apt/yodel.list"
# Of this host's sources, those for its release: others may have keys that only apt on this host finds.
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
shopt -s nullglob
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  grep --no-messages -E "^deb +(\[[^]]*\] +)?[^ ]+ +$suite(-updates|-security)? " "$file" \
    >>"$work/apt/host.list" || true
done
sources=("$work"/apt/*.list)
for file in /etc/apt/sources.list.d/*.sources; do
  if grep -qE "^Suites:(.* )?$suite(-updates|-security)?( |$)" "$file"; then sources+=("$file"); fi
done
# mmdebstrap reads as root or as another user, whose folder this is not.
chmod -R a+rX "$work"

# Only what the programs need: no shell, no package manager, nothing that is set-user-ID. What remains of the packages
# besides their files are their copyright files, and their control files for scanners of images.
begin "extracting yodel $version and what it needs (the whole output: ${archive%/*}/log)"
mkdir -p "${archive%/*}"
cat >"$work/finish" <<TEXT
#!/bin/sh
set -eu
cd "\$1"
mkdir -p var/lib/dpkg/status.d
for package in var/cache/apt/archives/*.deb; do
  dpkg-deb --field "\$package" >"var/lib/dpkg/status.d/\$(dpkg-deb --field "\$package" Package)"
done
rm -rf usr/share/man usr/share/locale usr/share/lintian usr/share/bash-completion usr/share/fish usr/share/zsh \\
  usr/share/gcc usr/share/gdb usr/share/libgcrypt20 usr/lib/*/gconv usr/bin/systemd-* bin/systemd-* \\
  usr/sbin/yodeld-seal etc/hostname etc/resolv.conf
find usr/share/doc -type f ! -name copyright -delete
find usr/share/doc -type d -empty -delete
cp '$root/packaging/image/yodeld.toml' etc/yodel/yodeld.toml
TEXT
chmod +x "$work/finish"
mmdebstrap --variant=extract --include=yodel,yodeld,systemd-standalone-sysusers --extract-hook="$work/finish" \
  "$suite" "$work/root.tar" "${sources[@]}" >"${archive%/*}/log" 2>&1 ||
  { tail -n 40 "${archive%/*}/log" >&2; exit 1; }

begin "writing the image"
image=$work/image:yodel:$version
umoci init --layout "$work/image"
umoci new --image "$image"
umoci raw add-layer --image "$image" "$work/root.tar"
umoci config --image "$image" --created "$(date --utc --date="@$SOURCE_DATE_EPOCH" +%FT%TZ)" \
  --config.user "$user" --config.entrypoint /usr/sbin/yodeld --config.stopsignal SIGTERM \
  --config.exposedports 9999/tcp --config.exposedports 9998/tcp --config.exposedports 9997/tcp \
  --config.label org.opencontainers.image.title=yodel \
  --config.label org.opencontainers.image.version="$version"
umoci gc --layout "$work/image"
tar --create --file="$archive.new" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner \
  --directory="$work/image" .
mv "$archive.new" "$archive"
ls -s --block-size=1K "$archive"
printf 'To load it: podman load --input %s\n' "$archive"
