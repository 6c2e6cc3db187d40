// The program for servers that run one for each connection: the conversation on standard input and
// output.
//
//   handler greet|echo

#include <string.h>
#include <unistd.h>

#include "serve.h"

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "echo") == 0) {
    serve_echo(STDIN_FILENO, STDOUT_FILENO);
  } else {
    serve_greet(STDIN_FILENO, STDOUT_FILENO);
  }
  return 0;
}
