// How many invalid events a session may send.

#include "manager/supervisor/offenders.hpp"

#include <cstddef>
#include <gtest/gtest.h>
#include <sys/types.h>

namespace yodel::manager {
namespace {

using Verdict = Offenders::Verdict;

constexpr pid_t session = 4711;

TEST(Offenders, AreKilledOnceAtTheMaximum) {
  Offenders offenders;
  EXPECT_EQ(offenders.judge(session), Verdict::first);
  for (int i = 2; i < Offenders::max_offences; ++i)
    EXPECT_EQ(offenders.judge(session), Verdict::known) << i;
  EXPECT_EQ(offenders.judge(session), Verdict::kill);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(offenders.judge(session), Verdict::known) << "events sent before it was killed";
}

TEST(Offenders, AreCountedSeparately) {
  Offenders offenders;
  for (int i = 0; i < Offenders::max_offences - 1; ++i)
    (void)offenders.judge(session);
  EXPECT_EQ(offenders.judge(session + 1), Verdict::first);
  EXPECT_EQ(offenders.judge(session), Verdict::kill);
}

TEST(Offenders, AreForgottenWhenTheyEnd) {
  Offenders offenders;
  EXPECT_EQ(offenders.judge(session), Verdict::first);
  offenders.forget(session);
  EXPECT_EQ(offenders.judge(session), Verdict::first) << "another session with that pid";
}

TEST(Offenders, BeyondMaxSuspectsAreKilledAtOnce) {
  Offenders offenders;
  constexpr auto many = static_cast<pid_t>(Offenders::max_suspects);
  for (pid_t pid = 1; pid <= many; ++pid)
    EXPECT_EQ(offenders.judge(pid), Verdict::first);
  EXPECT_EQ(offenders.judge(many + 1), Verdict::kill);
  EXPECT_EQ(offenders.judge(many + 1), Verdict::known) << "only once";
  EXPECT_EQ(offenders.judge(1), Verdict::known) << "known ones stay known";
  offenders.forget(many + 1);
  offenders.forget(1);
  EXPECT_EQ(offenders.judge(many + 2), Verdict::first);
}

}  // namespace
}  // namespace yodel::manager
