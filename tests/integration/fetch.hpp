// Running `yodel fetch`.
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {

// Reads a whole request, and returns it.
inline std::string hear_request(Conversation& client) {
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    const auto more = client.hear();
    if (more.empty()) throw std::runtime_error("no whole request: " + request);
    request += more;
  }
  return request;
}

// Answers a request with `text`, and ends the connection.
inline ScriptedServer::Script answer(std::string text) {
  return [text = std::move(text)](Conversation& client) {
    hear_request(client);
    client.say(text);
  };
}

// Returns a response with a whole body. `fields` are lines of its header.
inline std::string page(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

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
  // Returns all names in the folder, also of files that should have gone.
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      names.insert(entry.path().filename());
    return names;
  }
  // Removes what the last transfer saved.
  void remove(const std::string& name) const { std::filesystem::remove(path(name)); }
  void write(const std::string& name, std::string_view text) const { folder_.write(name, text); }

  // Expects that the page of a server that follows `script` is saved as `body`.
  void expect_page(ScriptedServer::Script script, const Words& words,
                   const std::string& body) const {
    expect_fetch(std::move(script), words, 0, "", {"page.txt"});
    if (files().empty()) return;
    EXPECT_EQ(content("page.txt"), body);
    remove("page.txt");
  }
  // Expects that `words` and the URL of a server that follows `script` end with `status` and with
  // `errors` on standard error, in which URL stands for that URL. `left` is what is then in the
  // folder.
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
