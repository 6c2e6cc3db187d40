// A visitor made of one function for each alternative of a std::variant, for std::visit.
#pragma once

namespace yodel::manager {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace yodel::manager
