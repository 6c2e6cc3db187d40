// Sets the title $TITLE, and prints the command line that proc(5) then shows.

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "posix/process_title.hpp"

int main(int argc, char** argv) {
  const char* text = std::getenv("TITLE");
  yodel::posix::ProcessTitle(argc, argv).set({text == nullptr ? "" : text});
  std::cout << std::ifstream("/proc/self/cmdline").rdbuf();
}
