// The names of toml++'s types, for headers that only refer to them: toml_library.hpp takes seconds
// to compile.
#pragma once

// clang-format off
#include <toml++/impl/forward_declarations.h>
// clang-format on
