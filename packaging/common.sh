# Shared by the scripts. Source it with bash, after `set -euo pipefail`.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the scripts that source this use the lists of packages

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian packages, by purpose.
build_packages=(g++ cmake ninja-build pkg-config
  libsystemd-dev libtomlplusplus-dev libfmt-dev libcli11-dev libexpected-dev libedit-dev
  libseccomp-dev libcurl4-openssl-dev zlib1g-dev nlohmann-json3-dev scdoc)
test_packages=(libgtest-dev python3 procps systemd groff-base man-db strace zsh fish netcat-openbsd
  socat xinetd nginx-light openssl ca-certificates iproute2 nftables haproxy keepalived)
# For tests of the report of `yodel bench` in a real browser.
browser_packages=(chromium chromium-driver python3-selenium poppler-utils fonts-dejavu-core)
system_packages=(mmdebstrap systemd-container podman crun catatonit python3-yaml)
lint_packages=(clang-format clang-tidy clang libclang-dev shellcheck)
asan_packages=(clang libclang-rt-dev)
# For building the benchmark; the servers that it compares with, and the library that draws its plots.
bench_packages=(libbenchmark-dev)
peer_packages=(ipsvd ncat netcat-openbsd socat ucspi-tcp xinetd python3-matplotlib)
deb_packages=(build-essential debhelper dpkg-dev git lintian libgtest-dev)
image_packages=(mmdebstrap umoci dpkg-dev)

# The current step, for the message if the script fails.
step="starting"
begin() {
  step=$1
  printf '\n== %s\n' "$step"
}

on_exit() {
  local status=$?
  if [ "$status" -ne 0 ]; then
    printf '\n%s: FAILED while %s (status %d)\n' "$(basename "$0")" "$step" "$status" >&2
  fi
}
trap on_exit EXIT

# as_root COMMAND...: runs it, with sudo if needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# announce PACKAGE...: prints what apt will install for them, its size, and how to remove it again.
announce() {
  local plan new
  # --assume-no: only the plan is wanted.
  plan=$(LC_ALL=C as_root apt-get install --assume-no --no-install-recommends "$@" 2>&1 || true)
  new=$(sed -n '/NEW packages will be installed/,/^[^ ]/ { s/^  //p }' <<<"$plan" | tr '\n' ' ')
  printf 'To install: %s\n' "${new:-$*}"
  grep -E '^(Need to get|After this operation)' <<<"$plan" || true
  printf 'To remove them again: apt-get purge --autoremove %s\n' "$*"
}

# install PACKAGE...: announces and installs those that are missing, with sudo if needed.
install() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  begin "installing ${#missing[@]} missing packages and their dependencies with apt"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    echo "not root, and there is no sudo; ask an administrator to run: apt-get install ${missing[*]}" >&2
    return 1
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  announce "${missing[@]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}" </dev/null
}

# configure PRESET FOLDER [CMAKE-OPTION...]: configures a build in FOLDER.
configure() {
  local preset=$1 folder=$2
  shift 2
  begin "configuring ($preset)"
  cmake -S "$root" --preset "$preset" -B "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log" >&2; return 1; }
}

