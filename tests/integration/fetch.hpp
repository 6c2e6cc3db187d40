// Running `yodel fetch`.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {

// Runs in a folder of its own.
class Fetch : public testing::Test {
 protected:
  [[nodiscard]] Command command(const Words& words) const {
    Command command{.path = binary("yodel"),
                    .arguments = {"fetch"},
                    .unset = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                              "no_proxy", "NO_PROXY"},
                    .folder = folder_.path()};
    return with_arguments(command, words);
  }
  [[nodiscard]] Outcome fetch(const Words& words) const { return run(command(words)); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] std::string content(const std::string& name) const { return read_file(path(name)); }
  // The names in the folder: also of what should have gone.
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      names.insert(entry.path().filename());
    return names;
  }
  void write(const std::string& name, std::string_view text) const { folder_.write(name, text); }

  // `words` and the URL of a server that follows `script` end with `status` and, on standard error,
  // what `errors` holds, in which URL stands for that URL.
  void expect_fetch(ScriptedServer::Script script, Words words, int status, std::string errors,
                    const std::set<std::string>& left = {}) const {
    const std::string url = "http://PEER/page.txt";
    words.push_back(url);
    const Outcome outcome = run_against(std::move(script), command(words));
    errors = replaced(std::move(errors), "URL", url);
    EXPECT_EQ(outcome.exit.status, status) << outcome.errors;
    EXPECT_TRUE(holds(outcome.errors, errors)) << outcome.errors << "\nwithout\n" << errors;
    EXPECT_EQ(files(), left);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace yodel::tests
