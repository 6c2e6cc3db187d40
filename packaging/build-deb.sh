#!/usr/bin/env bash
# Builds the Debian packages yodeld and yodel into build/deb and checks them with lintian.
# Installs what is missing. May be run again and again, from any folder, by any user.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: packaging/build-deb.sh [--version VERSION]
  --version VERSION  of the packages, such as 0.1.0+next, for trying an upgrade; otherwise that of
                     packaging/debian/changelog. What the programs say of themselves stays.

DEB_BUILD_OPTIONS=nocheck leaves the unit tests out.
TEXT
}

# wrong_usage WORDS...: says what is wrong with the arguments, then how it is meant.
wrong_usage() {
  step="reading the command line"
  [ $# -eq 0 ] || printf '%s\n' "$*" >&2
  usage >&2
  exit 2
}

version=
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --version)
      [ $# -ge 2 ] || wrong_usage "--version: which?"
      version=$2
      shift 2
      ;;
    --version=*)
      version=${1#*=}
      [ -n "$version" ] || wrong_usage "--version: which?"
      shift
      ;;
    *) wrong_usage "unknown argument: $1" ;;
  esac
done
# A native package, which this is, has no revision after a hyphen.
if [ -n "$version" ] && { [[ $version == *-* ]] || ! dpkg --validate-version "$version"; }; then
  wrong_usage "not a version of a native Debian package: $version"
fi

install "${build_packages[@]}" "${deb_packages[@]}"

# tracked_files: the names of the files that no build has made, each with a zero byte after.
tracked_files() {
  if [ -e .git ]; then
    # Whose checkout it is does not matter to a list of names.
    git -c safe.directory="$root" ls-files -z |
      while IFS= read -r -d '' file; do
        if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
      done
  else
    find . -path ./build -prune -o ! -type d -print0
  fi
}

# What is compiled stays from one run to the next: the sources keep their place and their times.
work=$root/build/deb-build
source=$work/source
products=$root/build/deb

begin "copying the sources to ${source#"$root"/}"
rm -rf "$source"
mkdir -p "$source"
tracked_files | tar --create --null --no-recursion --files-from=- |
  tar --extract --directory="$source"
cp -a "$source/packaging/debian" "$source/debian"
if [ -n "$version" ]; then
  changelog=packaging/debian/changelog
  maintainer=$(dpkg-parsechangelog -l "$changelog" -S Maintainer)
  {
    printf 'yodel (%s) unstable; urgency=medium\n\n' "$version"
    printf '  * Built by build-deb.sh as this version.\n\n'
    printf ' -- %s  %s\n\n' "$maintainer" "$(date -R)"
    cat "$changelog"
  } >"$source/debian/changelog"
fi

begin "building the packages (it all: ${work#"$root"/}/log)"
rm -f "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes
(cd "$source" && YODEL_BUILD_FOLDER=$work/cmake dpkg-buildpackage --build=binary --no-pre-clean \
  --unsigned-changes --unsigned-buildinfo) >"$work/log" 2>&1 </dev/null ||
  { tail -n 60 "$work/log" >&2; exit 1; }

# Left out is its look for misspelt words in programs: it takes a constant in an instruction, such as "protocol", with the
# byte of the next instruction for one.
begin "checking the packages with lintian"
lintian --allow-root --pedantic --display-info --display-experimental \
  --suppress-tags spelling-error-in-binary \
  --fail-on error,warning,info,pedantic,experimental "$work"/*.deb

begin "done"
rm -rf "$products"
mkdir "$products"
mv "$work"/*.deb "$products"
ls -s --block-size=1K "${products#"$root"/}"/*.deb
