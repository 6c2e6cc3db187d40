#include "tests/integration/stuck_file.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

#include "posix/poll.hpp"

namespace yodel::tests {
namespace {

constexpr std::uint64_t file_node = FUSE_ROOT_ID + 1;
constexpr std::uint64_t forever = 1'000'000;  // seconds

int check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

posix::Descriptor mount_detached(int kernel) {
  const posix::Descriptor context(check(::fsopen("fuse", FSOPEN_CLOEXEC), "fsopen"));
  const auto set = [&](const char* key, const std::string& value) {
    check(::fsconfig(context.get(), FSCONFIG_SET_STRING, key, value.c_str(), 0), key);
  };
  set("fd", std::to_string(kernel));
  set("rootmode", "40000");
  set("user_id", std::to_string(::geteuid()));
  set("group_id", std::to_string(::getegid()));
  check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), "fsconfig");
  return posix::Descriptor(check(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0), "fsmount"));
}

template <typename Body>
void answer(int kernel, std::uint64_t request, const Body& body) {
  fuse_out_header header{.len = sizeof header + sizeof body, .error = 0, .unique = request};
  Body copy = body;
  const std::array<iovec, 2> parts{{{&header, sizeof header}, {&copy, sizeof copy}}};
  (void)::writev(kernel, parts.data(), parts.size());
}

void refuse(int kernel, std::uint64_t request) {
  const fuse_out_header header{.len = sizeof header, .error = -ENOSYS, .unique = request};
  (void)::write(kernel, &header, sizeof header);
}

void handle(int kernel, const fuse_in_header& request) {
  switch (request.opcode) {
    case FUSE_INIT: {
      fuse_init_out out{};
      out.major = FUSE_KERNEL_VERSION;
      out.minor = FUSE_KERNEL_MINOR_VERSION;
      out.max_write = FUSE_MIN_READ_BUFFER;
      return answer(kernel, request.unique, out);
    }
    case FUSE_LOOKUP: {
      fuse_entry_out out{};
      out.nodeid = file_node;
      out.entry_valid = forever;
      out.attr_valid = forever;
      out.attr.ino = file_node;
      out.attr.mode = S_IFREG | S_IRUSR | S_IWUSR;
      out.attr.nlink = 1;
      return answer(kernel, request.unique, out);
    }
    case FUSE_OPEN: {
      fuse_open_out out{};
      out.open_flags = FOPEN_DIRECT_IO;
      return answer(kernel, request.unique, out);
    }
    case FUSE_INTERRUPT:
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET: return;  // these have no answer
    default: refuse(kernel, request.unique);
  }
}

}  // namespace

bool StuckFile::can_be_made() {
  const posix::Descriptor kernel(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
  const posix::Descriptor context(::fsopen("fuse", FSOPEN_CLOEXEC));
  return kernel && context;
}

StuckFile::StuckFile()
    : kernel_(check(::open("/dev/fuse", O_RDWR | O_CLOEXEC), "/dev/fuse")),
      wake_(check(::eventfd(0, EFD_CLOEXEC), "eventfd")),
      mount_(mount_detached(kernel_.get())),
      thread_([this] { serve(); }) {
  file_.reset(::openat(mount_.get(), "file", O_WRONLY | O_CLOEXEC));
}

StuckFile::~StuckFile() {
  enter(Phase::refuse);
  // Closing the file is a request too, which needs an answer.
  file_.reset();
  mount_.reset();
  enter(Phase::end);
  thread_.join();
}

void StuckFile::enter(Phase phase) {
  phase_ = phase;
  (void)::eventfd_write(wake_.get(), 1);
}

void StuckFile::serve() {
  const auto deadline = posix::Clock::now() + hold_time;
  while (phase_ != Phase::end) {
    const bool hold = phase_ == Phase::hold && posix::Clock::now() < deadline;
    if (!hold) {
      for (const auto request : held_)
        refuse(kernel_.get(), request);
      held_.clear();
    }
    std::array<pollfd, 2> fds{{{.fd = kernel_.get(), .events = POLLIN, .revents = 0},
                               {.fd = wake_.get(), .events = POLLIN, .revents = 0}}};
    posix::poll_until(fds, hold ? posix::Deadline(deadline) : std::nullopt);
    eventfd_t events = 0;
    if (fds[1].revents != 0) (void)::eventfd_read(wake_.get(), &events);
    if (fds[0].revents != 0) handle_request();
  }
}

void StuckFile::handle_request() {
  std::array<char, std::size_t{2} * FUSE_MIN_READ_BUFFER> buffer{};
  fuse_in_header request{};
  const ssize_t size = ::read(kernel_.get(), buffer.data(), buffer.size());
  if (size < static_cast<ssize_t>(sizeof request)) return;
  std::memcpy(&request, buffer.data(), sizeof request);
  if (request.opcode == FUSE_WRITE) {
    held_.push_back(request.unique);
    has_writer_ = true;
  } else {
    handle(kernel_.get(), request);
  }
}

}  // namespace yodel::tests
