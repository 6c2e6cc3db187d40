# Sets a stock Debian's kernel settings during a run of the tests. Source it with bash.
# shellcheck shell=bash

# A tuned machine hides failures that users would see: with a net.core.wmem_max of 4 MiB the
# acceptors' event channels hold twenty times as many events as with the default. The list has only settings that
# limit Yodel or its tests, with Debian 12's values: the kernel's own, or those of systemd's sysctl.d(5) files.
stock_values=(
  "net.core.wmem_max=212992"
  "net.core.rmem_max=212992"
  "net.core.wmem_default=212992"
  "net.core.rmem_default=212992"
  "net.core.somaxconn=4096"
  "net.ipv4.tcp_rmem=4096 131072 6291456"
  "net.ipv4.tcp_wmem=4096 16384 4194304"
  "net.ipv4.tcp_congestion_control=cubic"
  "net.ipv4.ip_local_port_range=32768 60999"
  "net.ipv4.ip_unprivileged_port_start=1024"
  "net.unix.max_dgram_qlen=512"
  "fs.pipe-user-pages-soft=16384"
  "fs.protected_fifos=1"
  "fs.protected_hardlinks=1"
  "fs.protected_regular=2"
  "fs.protected_symlinks=1"
)
previous_values=()

# set_stock_values: sets those that differ, if this user may, and names those that it cannot set.
set_stock_values() {
  local setting name wanted found
  for setting in "${stock_values[@]}"; do
    name=${setting%%=*}
    wanted=${setting#*=}
    # The kernel separates numbers by tabs.
    found=$(sysctl --values "$name" 2>/dev/null | tr '\t' ' ') || continue
    [ "$found" != "$wanted" ] || continue
    if sysctl --quiet --write "$setting" 2>/dev/null; then
      previous_values+=("$name=$found")
      echo "$name set to $wanted for this run, as on a stock Debian; it was $found"
    else
      echo "$name remains $found; a stock Debian has $wanted"
    fi
  done
}

# restore_values: restores what set_stock_values has changed.
restore_values() {
  local setting
  for setting in "${previous_values[@]}"; do
    sysctl --quiet --write "$setting" || echo "cannot restore $setting" >&2
  done
  previous_values=()
}
