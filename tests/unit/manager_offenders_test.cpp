// Who sends what no session sends is killed, but nobody who merely has the number of who did.

#include <csignal>
#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <sys/types.h>

#include "manager/offenders.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"

namespace yodel::manager {
namespace {

using Verdict = Offenders::Verdict;
using tests::Command;
using tests::Program;

// It lives until it is killed or its input ends.
Command waits() {
  return {.path = "/bin/cat", .input = std::nullopt};
}

TEST(Offenders, AreKilledOnceAtAnOffenceAfterTheFirst) {
  Program session(waits());
  Offenders offenders;
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect);
  offenders.all_is_read();
  EXPECT_EQ(offenders.take(session.pid()), Verdict::killed);
  EXPECT_EQ(session.wait().signal, SIGKILL);
  offenders.all_is_read();
  EXPECT_EQ(offenders.take(session.pid()), Verdict::known) << "what was still to come";
}

TEST(Offenders, AreSparedForWhatMayHaveBeenSentByAnEarlierOwnerOfTheNumber) {
  Program session(waits());
  Offenders offenders;
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect);
  for (std::uint64_t i = 1; i < Offenders::most_unread; ++i)
    offenders.count_event();
  EXPECT_EQ(offenders.take(session.pid()), Verdict::known);
  EXPECT_TRUE(tests::is_running(session.pid()));
  offenders.count_event();
  EXPECT_EQ(offenders.take(session.pid()), Verdict::killed) << "all from before has been read";
}

TEST(Offenders, AreForgottenAtTheirEnds) {
  Program session(waits());
  Offenders offenders;
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect);
  offenders.all_is_read();
  offenders.forget(session.pid());
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect) << "another one of that number";
  EXPECT_TRUE(tests::is_running(session.pid()));
}

TEST(Offenders, ThatAreManyAreFoundOutAnew) {
  Program session(waits());
  Offenders offenders;
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect);
  offenders.all_is_read();
  // No process has such a number, proc(5) on pid_max, so none is held.
  constexpr pid_t beyond_all = 1 << 22;
  for (pid_t i = 1; i <= 1000; ++i)
    EXPECT_EQ(offenders.take(beyond_all + i), Verdict::suspect);
  EXPECT_EQ(offenders.take(session.pid()), Verdict::suspect);
  offenders.all_is_read();
  EXPECT_EQ(offenders.take(session.pid()), Verdict::killed);
}

}  // namespace
}  // namespace yodel::manager
