// A map of bounded size in memory that a fork leaves behind.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "posix/unforked_memory.hpp"

namespace yodel::acceptor {

// Maps numbers other than 0, which marks a free slot, to values, by open addressing with linear
// probing. Sessions must not see the table of their neighbours and a fork must not copy it, so it
// stands in UnforkedMemory and never grows: all is laid out at the start. Constant time, no
// allocation afterwards.
template <typename Value>
class FixedMap {
 public:
  // Room for `most` entries. Throws std::system_error.
  explicit FixedMap(std::size_t most)
      : memory_(sizeof(Slot) * slot_count(most)), slots_(memory_.as<Slot>(slot_count(most))) {}

  // The entry's value; null where there is none. Valid until the next insert() or erase().
  [[nodiscard]] Value* find(std::uint64_t key) noexcept {
    Slot& slot = slots_[locate(key)];
    return key != 0 && slot.key == key ? &slot.value : nullptr;
  }

  // The value of `key`, which is made, all bits zero, where there is none. At most `most` entries.
  Value& insert(std::uint64_t key) noexcept {
    Slot& slot = slots_[locate(key)];
    if (slot.key != key) slot = Slot{.key = key, .value = {}};
    return slot.value;
  }

  void erase(std::uint64_t key) noexcept {
    std::size_t hole = locate(key);
    if (slots_[hole].key != key) return;
    // Entries that had to pass over the hole on their way move up, so that no search ends early.
    for (std::size_t next = after(hole); slots_[next].key != 0; next = after(next)) {
      const std::size_t distance = (next - home(slots_[next].key)) & mask();
      if (distance >= ((next - hole) & mask())) {
        slots_[hole] = slots_[next];
        hole = next;
      }
    }
    slots_[hole] = Slot{};
  }

  // For walking through all entries a few at a time: the key in slot `index`, 0 where it is free.
  [[nodiscard]] std::size_t slots() const noexcept { return slots_.size(); }
  [[nodiscard]] std::uint64_t key_at(std::size_t index) const noexcept { return slots_[index].key; }

 private:
  struct Slot {
    std::uint64_t key;
    Value value;
  };

  // Twice the entries at the least: searches stay short.
  static constexpr std::size_t slot_count(std::size_t most) { return std::bit_ceil(2 * most + 2); }
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t after(std::size_t index) const noexcept { return (index + 1) & mask(); }
  // Fibonacci hashing: pids and addresses that follow one another are spread over the table.
  [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
    return (key * 0x9e3779b97f4a7c15) >> 32 & mask();
  }
  // The slot that holds `key`, or the free one where it belongs.
  [[nodiscard]] std::size_t locate(std::uint64_t key) const noexcept {
    std::size_t index = home(key);
    while (slots_[index].key != 0 && slots_[index].key != key)
      index = after(index);
    return index;
  }

  posix::UnforkedMemory memory_;
  std::span<Slot> slots_;
};

}  // namespace yodel::acceptor
