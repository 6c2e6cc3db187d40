#!/usr/bin/env bash
# Builds the Debian packages yodeld, yodel and yodel-fetch into build/deb and checks them with lintian.
# Installs missing packages. May be run repeatedly, from any folder, by any user.
set -euo pipefail
# shellcheck source=packaging/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$root"

usage() {
  cat <<'TEXT'
usage: packaging/build-deb.sh [--version VERSION]
  --version VERSION  version of the packages, such as 0.1.0+next, to try an upgrade; by default
                     that of packaging/debian/changelog. The programs report their own version.

Environment:
  YODEL_REPORT_TO=ADDRESS    where the manuals and the journal catalog tell users to report bugs;
                             by default "whoever gave you this package"
  DEB_BUILD_OPTIONS=nocheck  skip the unit tests
TEXT
}

# wrong_usage WORDS...: reports what is wrong with the arguments, prints the usage and exits.
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
      [ $# -ge 2 ] || wrong_usage "--version needs a version, such as 0.1.0+next"
      version=$2
      shift 2
      ;;
    --version=*)
      version=${1#*=}
      [ -n "$version" ] || wrong_usage "--version needs a version, such as 0.1.0+next"
      shift
      ;;
    *) wrong_usage "unexpected argument '$1'" ;;
  esac
done
# This is a native package, whose version has no revision after a hyphen.
if [ -n "$version" ] && { [[ $version == *-* ]] || ! dpkg --validate-version "$version"; }; then
  wrong_usage "'$version' is not a version of a native Debian package"
fi

install "${build_packages[@]}" "${deb_packages[@]}"

# tracked_files: prints the names of the source files, each followed by a zero byte.
tracked_files() {
  if [ -e .git ]; then
    # To list names, git need not trust the owner of the checkout.
    git -c safe.directory="$root" ls-files -z |
      while IFS= read -r -d '' file; do
        if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
      done
  else
    find . -path ./build -prune -o ! -type d -print0
  fi
}

# The sources keep their place and their times, so that a second run compiles only what has changed.
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

begin "building the packages (the whole output: ${work#"$root"/}/log)"
rm -f "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes
(cd "$source" && YODEL_BUILD_FOLDER=$work/cmake dpkg-buildpackage --build=binary --no-pre-clean \
  --unsigned-changes --unsigned-buildinfo) >"$work/log" 2>&1 </dev/null ||
  { tail -n 60 "$work/log" >&2; exit 1; }

# Its search for misspelt words in programs is off: it takes a constant in an instruction, such as "protocol", and the
# first byte of the next instruction for one word.
begin "checking the packages with lintian"
lintian --allow-root --pedantic --display-info --display-experimental \
  --suppress-tags spelling-error-in-binary \
  --fail-on error,warning,info,pedantic,experimental "$work"/*.deb

begin "done"
rm -rf "$products"
mkdir "$products"
mv "$work"/*.deb "$products"
ls -s --block-size=1K "${products#"$root"/}"/*.deb
