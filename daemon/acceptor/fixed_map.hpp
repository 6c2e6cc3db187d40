// A map of bounded size in memory that children do not inherit.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "posix/unforked_memory.hpp"

namespace yodel::acceptor {

// Maps keys other than 0, which marks a free slot, to values, by open addressing with linear
// probing. A session must not see the other sessions, and a fork must not copy the table, so it is
// in UnforkedMemory. It never grows: the constructor allocates everything, and all operations take
// constant time.
template <typename Value>
class FixedMap {
 public:
  // Allocates room for `max_entries`. Throws std::system_error.
  explicit FixedMap(std::size_t max_entries)
      : memory_(sizeof(Slot) * slot_count(max_entries)),
        slots_(memory_.as<Slot>(slot_count(max_entries))) {}

  // Returns the value of `key`, or null if it has none. The pointer is valid until the next
  // insert() or erase().
  [[nodiscard]] Value* find(std::uint64_t key) noexcept {
    Slot& slot = slots_[locate(key)];
    return key != 0 && slot.key == key ? &slot.value : nullptr;
  }

  // Returns the value of `key`, after inserting one with all bits zero if it has none. The caller
  // must not insert more than `max_entries`.
  Value& insert(std::uint64_t key) noexcept {
    Slot& slot = slots_[locate(key)];
    if (slot.key != key) slot = Slot{.key = key, .value = {}};
    return slot.value;
  }

  // Removes the entry of `key`, if there is one.
  void erase(std::uint64_t key) noexcept {
    std::size_t vacant = locate(key);
    if (slots_[vacant].key != key) return;
    // A search ends at a free slot, so an entry whose probe sequence passes the vacant slot moves
    // into it, and leaves another one vacant.
    for (std::size_t next = after(vacant); slots_[next].key != 0; next = after(next)) {
      const std::size_t distance = (next - home(slots_[next].key)) & mask();
      if (distance >= ((next - vacant) & mask())) {
        slots_[vacant] = slots_[next];
        vacant = next;
      }
    }
    slots_[vacant] = Slot{};
  }

  // For iterating over the entries a few at a time: the number of slots, and the key in slot
  // `index`, which is 0 if the slot is free.
  [[nodiscard]] std::size_t slots() const noexcept { return slots_.size(); }
  [[nodiscard]] std::uint64_t key_at(std::size_t index) const noexcept { return slots_[index].key; }

 private:
  struct Slot {
    std::uint64_t key;
    Value value;
  };

  // At most half of the slots are in use, so that searches stay short.
  static constexpr std::size_t slot_count(std::size_t max_entries) {
    return std::bit_ceil(2 * max_entries + 2);
  }
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t after(std::size_t index) const noexcept { return (index + 1) & mask(); }
  // Fibonacci hashing, which spreads consecutive pids and addresses over the table.
  [[nodiscard]] std::size_t home(std::uint64_t key) const noexcept {
    return (key * 0x9e3779b97f4a7c15) >> 32 & mask();
  }
  // Returns the slot that holds `key`, or the free slot where an entry for it belongs.
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
