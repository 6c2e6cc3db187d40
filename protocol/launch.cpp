#include "protocol/launch.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "protocol/probe.hpp"

namespace yodel::protocol {
namespace {

bool is_valid(const ProbeTerms& terms, Protocol protocol) noexcept {
  const bool has_size =
      terms.max_size >= probe::min_max_size && terms.max_size <= probe::max_max_size;
  return terms.host.is_valid() && (has_size || protocol != Protocol::probe);
}

}  // namespace

NetworkList::NetworkList(std::span<const Network> from)
    : size(static_cast<std::uint16_t>(from.size())) {
  // Do not truncate: a shorter list would refuse peers that are allowed, and an empty one would
  // allow everybody.
  if (from.size() > max_networks) throw std::length_error("networks of a launch record");
  std::copy(from.begin(), from.end(), networks.begin());
}

bool NetworkList::is_valid() const noexcept {
  return size <= max_networks &&
         std::ranges::all_of(view(), [](const Network& each) { return protocol::is_valid(each); });
}

void Launch::keep_identity(const Launch& first) noexcept {
  scoreboard = first.scoreboard;
  acceptor = first.acceptor;
  listener = first.listener;
}

void Launch::set_welcome(std::string_view text) noexcept {
  welcome_size = static_cast<std::uint16_t>(text.copy(welcome_bytes.data(), welcome_bytes.size()));
}

std::span<const std::byte> encode(const Launch& launch) noexcept {
  return std::as_bytes(std::span(&launch, 1));
}

std::optional<Launch> decode_launch(std::span<const std::byte> bytes) noexcept {
  Launch launch;
  if (bytes.size() != sizeof launch) return std::nullopt;
  std::memcpy(&launch, bytes.data(), sizeof launch);
  const bool valid = launch.magic == Launch::expected_magic && launch.delay.count() >= 0 &&
                     launch.idle_timeout.count() >= 0 && launch.session_timeout.count() >= 0 &&
                     launch.sessions >= 1 && launch.sessions <= launch.scoreboard.capacity &&
                     launch.predecessor_count <= max_predecessors &&
                     launch.retired_count <= max_retired && launch.retired_time.count() >= 0 &&
                     launch.message_size >= 1 && launch.message_size <= max_message_size &&
                     launch.manager > 0 && launch.welcome_size <= max_welcome_size &&
                     is_valid(launch.protocol) && launch.listener.is_valid() &&
                     is_valid(launch.probe, launch.protocol) &&
                     launch.framing <= Framing::unframed && launch.allow.is_valid() &&
                     launch.proxy_from.is_valid();
  if (!valid) return std::nullopt;
  return launch;
}

}  // namespace yodel::protocol
