// What has become of a slot, which is a [[listen]] that always needs an acceptor to serve it.
#pragma once

#include <cstdint>
#include <string>

namespace yodel::manager {

using SlotId = std::uint64_t;  // never used twice

struct SlotChange {
  enum class Kind : std::uint8_t {
    served,   // an acceptor of it accepts connections
    applied,  // and goes by the settings that it was last given
    lost,     // its acceptor died, was told to end or could not be started
    closed,   // it was released, and no acceptor of it accepts connections any more
    given_up  // its acceptors keep dying: after the last loss no other one is planned
  };
  Kind kind{};
  SlotId slot = 0;
  std::string why{};  // of lost
};

}  // namespace yodel::manager
