// The style sheet of the report: style.css, as CMake puts it into the program.
#pragma once

namespace yodel::client {

extern const char* const report_style;

}  // namespace yodel::client
