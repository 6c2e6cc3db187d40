// The names of toml++'s types, for headers that only refer to them. toml_library.hpp would cost
// each of them seconds of compile time.
#pragma once

// clang-format off
#include <toml++/impl/forward_declarations.h>
// clang-format on
