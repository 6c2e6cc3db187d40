// The floor: the cost of accept, fork and the conversation in a server that does nothing else. It
// has no limits and no log, leaves its children to the kernel, and may lose data when a connection
// closes.
//
//   floor greet|echo PORT BACKLOG        serves 127.0.0.1

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

static int fail(const char* what) {
  perror(what);
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    (void)fputs("usage: floor greet|echo PORT BACKLOG\n", stderr);
    return 2;
  }
  void (*const serve)(int, int) = strcmp(argv[1], "echo") == 0 ? serve_echo : serve_greet;
  const int on = 1;
  const struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10)),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (listener < 0) return fail("floor: socket");
  // Accepted sockets inherit TCP_NODELAY, so that replies do not wait for acknowledgements.
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    return fail("floor: setsockopt");
  }
  if (bind(listener, (const struct sockaddr*)&address, sizeof address) < 0) {
    return fail("floor: bind");
  }
  if (listen(listener, (int)strtol(argv[3], NULL, 10)) < 0) return fail("floor: listen");
  // The kernel reaps the children, wait(2).
  (void)signal(SIGCHLD, SIG_IGN);
  for (;;) {
    const int connection = accept(listener, NULL, NULL);
    if (connection < 0) continue;
    const pid_t pid = fork();
    if (pid == 0) {
      (void)close(listener);
      serve(connection, connection);
      _exit(0);
    }
    if (pid < 0) perror("floor: fork");
    (void)close(connection);
  }
}
