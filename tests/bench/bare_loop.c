// The baseline for `yodel bench`: a client that does nothing but the dialogue, in one thread and
// one epoll(7) loop. It checks nothing, counts no bytes, has no timeouts and exits on the first
// error.
//
//   bare-loop dialogues PORT COUNT CONNECTIONS   a new connection for each, CONNECTIONS at once;
//                                                prints dialogues per second
//   bare-loop pings PORT COUNT INTERVAL_US       on one connection, INTERVAL_US apart; prints the
//                                                median round trip in microseconds

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char message[] = "0000000000000000";
static const char bye[] = "exit";
enum { max_connections = 1024, max_events = 256, message_size = sizeof message - 1 };

static struct sockaddr_in server;

static void need(int good, const char* what) {
  if (good) return;
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int open_socket(int flags) {
  const int on = 1;
  const int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  need(fd >= 0, "socket");
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int connected = connect(fd, (const struct sockaddr*)&server, sizeof server);
  need(connected == 0 || errno == EINPROGRESS, "connect");
  return fd;
}

// The state of each connection, by its number.
enum step { connecting, waiting, leaving };
static enum step steps[max_connections];
static int sockets[max_connections];
static int poller;

static void begin(uint32_t number) {
  sockets[number] = open_socket(SOCK_NONBLOCK);
  steps[number] = connecting;
  struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u32 = number};
  need(epoll_ctl(poller, EPOLL_CTL_ADD, sockets[number], &event) == 0, "epoll_ctl");
}

// Returns 1 when the dialogue is over.
static int advance(uint32_t number) {
  char room[4096];
  const int fd = sockets[number];
  const ssize_t size = recv(fd, room, sizeof room, 0);
  if (size < 0 && errno == EAGAIN) return 0;
  need(size >= 0, "recv");
  if (steps[number] == connecting) {
    need(send(fd, message, message_size, MSG_NOSIGNAL) == message_size, "send");
    steps[number] = waiting;
  } else if (steps[number] == waiting) {
    need(send(fd, bye, sizeof bye - 1, MSG_NOSIGNAL) > 0, "send");
    steps[number] = leaving;
  } else if (size == 0) {
    (void)close(fd);
    return 1;
  }
  return 0;
}

static void dialogues(long count, long connections) {
  struct epoll_event events[max_events];
  poller = epoll_create1(0);
  need(poller >= 0, "epoll_create1");
  const int64_t start = now();
  long begun = 0;
  for (; begun < connections && begun < count; ++begun)
    begin((uint32_t)begun);
  for (long done = 0; done < count;) {
    const int ready = epoll_wait(poller, events, max_events, -1);
    need(ready >= 0, "epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const uint32_t number = events[i].data.u32;
      if (!advance(number)) continue;
      ++done;
      if (begun < count) {
        begin(number);
        ++begun;
      }
    }
  }
  (void)printf("%.1f\n", (double)count * 1e9 / (double)(now() - start));
}

static int by_size(const void* a, const void* b) {
  const int64_t x = *(const int64_t*)a;
  const int64_t y = *(const int64_t*)b;
  return (x > y) - (x < y);
}

static void pings(long count, long interval_us) {
  char room[4096];
  struct epoll_event event = {.events = EPOLLIN};
  int64_t* times = calloc((size_t)count, sizeof *times);
  need(times != NULL, "calloc");
  (void)prctl(PR_SET_TIMERSLACK, 1UL);
  const int fd = open_socket(0);
  need(recv(fd, room, sizeof room, 0) > 0, "recv");
  poller = epoll_create1(0);
  need(poller >= 0 && epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == 0, "epoll");
  const int64_t start = now();
  for (long i = 0; i < count; ++i) {
    const int64_t due = start + i * interval_us * 1000;
    const struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    const int64_t sent = now();
    need(send(fd, message, message_size, MSG_NOSIGNAL) == message_size, "send");
    need(epoll_wait(poller, &event, 1, -1) == 1 && recv(fd, room, sizeof room, 0) > 0, "recv");
    times[i] = now() - sent;
  }
  qsort(times, (size_t)count, sizeof *times, by_size);
  const int64_t median = times[count / 2];
  (void)printf("%.3f\n", (double)median / 1e3);
  free(times);
  (void)close(fd);
}

int main(int argc, char** argv) {
  if (argc != 5) {
    (void)fputs(
        "usage: bare-loop dialogues PORT COUNT CONNECTIONS\n"
        "       bare-loop pings PORT COUNT INTERVAL_US\n",
        stderr);
    return 2;
  }
  server.sin_family = AF_INET;
  server.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const long count = strtol(argv[3], NULL, 10);
  const long other = strtol(argv[4], NULL, 10);
  if (count < 1 || other < 1 || (argv[1][0] == 'd' && other > max_connections)) {
    (void)fputs("bare-loop: a number is out of range\n", stderr);
    return 2;
  }
  if (strcmp(argv[1], "dialogues") == 0) {
    dialogues(count, other);
  } else {
    pings(count, other);
  }
  return 0;
}
