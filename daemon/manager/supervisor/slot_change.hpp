// Changes in the state of a slot: a [[listen]] that always needs an acceptor to serve it.
#pragma once

#include <cstdint>
#include <string>

namespace yodel::manager {

using SlotId = std::uint64_t;  // never reused

struct SlotChange {
  enum class Kind : std::uint8_t {
    served,   // an acceptor of it accepts connections
    applied,  // its acceptor uses the settings of the last change
    lost,     // its acceptor died, was terminated or could not be started
    closed,   // it was released, and no acceptor of it accepts connections any more
    given_up  // its acceptors kept dying, and no other one will be started
  };
  Kind kind{};
  SlotId slot = 0;
  std::string why{};  // for lost
};

}  // namespace yodel::manager
