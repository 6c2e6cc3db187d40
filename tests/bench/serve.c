#include "serve.h"

#include <string.h>
#include <unistd.h>

// The prefix, the largest message of the greet dialogue, and the buffer for echo.
enum { prefix_size = 7, message_size = 1024, echo_size = 65536 };

static int write_all(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0) return -1;
    bytes += written;
    size -= (size_t)written;
  }
  return 0;
}

void serve_greet(int in, int out) {
  char reply[prefix_size + message_size + 1] = "hello, ";
  char* const message = reply + prefix_size;
  if (write_all(out, "welcome", 7) < 0) return;
  for (;;) {
    const ssize_t size = read(in, message, message_size);
    if (size <= 0 || (size == 4 && memcmp(message, "exit", 4) == 0)) return;
    message[size] = '!';
    if (write_all(out, reply, prefix_size + (size_t)size + 1) < 0) return;
  }
}

void serve_echo(int in, int out) {
  static char bytes[echo_size];
  for (;;) {
    const ssize_t size = read(in, bytes, sizeof bytes);
    if (size <= 0 || write_all(out, bytes, (size_t)size) < 0) return;
  }
}
