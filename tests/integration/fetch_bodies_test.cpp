// The body that `yodel fetch` saves: whole and decoded, or not at all.
#include <cstdio>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <vector>
#include <zlib.h>

#include "tests/integration/fetch.hpp"

namespace yodel::tests {
namespace {

constexpr int gzip_format = MAX_WBITS + 16;
constexpr int zlib_format = MAX_WBITS;
constexpr int bare_format = -MAX_WBITS;

std::string compressed(const std::string& text, int format = gzip_format) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("deflateInit2");
  }
  std::string input = text;
  std::string output(deflateBound(&stream, input.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  const int code = deflate(&stream, Z_FINISH);
  output.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return output;
}

std::string coded(const std::string& name) {
  return "Content-Encoding: " + name + "\r\n";
}

std::string chunk(const std::string& body) {
  std::vector<char> size(32);
  std::snprintf(size.data(), size.size(), "%zx", body.size());
  return std::string(size.data()) + "\r\n" + body + "\r\n";
}

std::string chunked(const std::string& chunks, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
}

TEST_F(Fetch, RequestsCodingsThatItCanDecode) {
  std::string request;
  expect_page(
      [&request](Conversation& client) {
        request = hear_request(client);
        client.say(page("abc"));
      },
      {}, "abc");
  EXPECT_TRUE(holds(request, "\r\nAccept-Encoding: gzip, deflate\r\n")) << request;
}

TEST_F(Fetch, DecodesWhatIsCompressed) {
  const std::string one = compressed("one\n");
  const std::string two = compressed("two\n");
  const std::string large(300'000, 'x');
  for (const auto* const name : {"gzip", "x-gzip", "GZIP", "identity, gzip"})
    expect_page(answer(page(one, coded(name))), {}, "one\n");
  expect_page(answer(page(one + two + compressed("") + one, coded("gzip"))), {}, "one\ntwo\none\n");
  expect_page(answer(chunked(chunk(one) + chunk(two) + "0\r\n\r\n", coded("gzip"))), {},
              "one\ntwo\n");
  expect_page(answer("HTTP/1.1 200 OK\r\n" + coded("gzip") + "\r\n" + one + two), {}, "one\ntwo\n");
  expect_page(answer(page(one + std::string(1000, '\0'), coded("gzip"))), {}, "one\n");
  expect_page(answer(page(compressed(large), coded("gzip"))), {}, large);
  expect_page(answer(page(compressed(large, zlib_format), coded("deflate"))), {}, large);
  expect_page(answer(page(compressed(large, bare_format), coded("deflate"))), {}, large);
  expect_page(answer(page("abc", coded("identity"))), {}, "abc");
}

TEST_F(Fetch, DecodesStackedCodings) {
  const std::string twice = compressed(compressed("one\n"));
  expect_page(answer(page(twice, coded("gzip, gzip"))), {}, "one\n");
  expect_page(answer(page(twice, coded("gzip") + coded("gzip"))), {}, "one\n");
  expect_page(answer(page(compressed(compressed("one\n", zlib_format)), coded("deflate, gzip"))),
              {}, "one\n");
  expect_page(answer("HTTP/1.1 200 OK\r\n" + coded("gzip") +
                     "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(twice) + "0\r\n\r\n"),
              {}, "one\n");
  expect_page(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + compressed("one\n")),
              {}, "one\n");
}

TEST_F(Fetch, DecodesAByteAtATime) {
  const std::string body = compressed("one\n") + compressed("two\n") + '\0';
  expect_page(
      [&body](Conversation& client) {
        hear_request(client);
        client.send_at_once();
        client.say_bytewise(page(body, coded("gzip")));
      },
      {}, "one\ntwo\n");
}

TEST_F(Fetch, SavesNoCompressedBodyThatIsCut) {
  const std::string one = compressed("one\n");
  const std::string cut = "yodel: URL: the gzip body is incomplete";
  for (std::size_t size = 1; size < one.size(); ++size)
    expect_fetch(answer(page(one.substr(0, size), coded("gzip"))), {}, 1, cut);
  expect_fetch(answer(page(one + one.substr(0, 5), coded("gzip"))), {}, 1, cut);
  const std::string part = one.substr(0, one.size() - 1);
  expect_fetch(answer(chunked(chunk(part) + "0\r\n\r\n", coded("gzip"))), {}, 1, cut);
  expect_fetch(answer("HTTP/1.1 200 OK\r\n" + coded("gzip") + "\r\n" + part), {}, 1, cut);
  expect_fetch(answer("HTTP/1.1 200 OK\r\n" + coded("gzip") + "\r\n"), {}, 1, cut);
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + part), {}, 1, cut);
  const std::string bare = compressed("one\n", bare_format);
  expect_fetch(answer(page(bare.substr(0, bare.size() - 1), coded("deflate"))), {}, 1,
               "the deflate body is incomplete");
}

TEST_F(Fetch, SavesNoCompressedBodyThatIsDamaged) {
  const std::string one = compressed("one\n");
  std::string checksum = one;
  ++checksum[one.size() - 8];
  std::string length = one;
  ++length[one.size() - 4];
  const std::string damaged = "yodel: URL: the gzip body is damaged: incorrect ";
  expect_fetch(answer(page(checksum, coded("gzip"))), {}, 1, damaged + "data check");
  expect_fetch(answer(page(length, coded("gzip"))), {}, 1, damaged + "length check");
  expect_fetch(answer(page("plain", coded("gzip"))), {}, 1, damaged + "header check");
  for (const std::string& rest : {std::string("x"), std::string("\0x", 2), '\0' + one}) {
    expect_fetch(answer(page(one + rest, coded("gzip"))), {}, 1,
                 "yodel: URL: the gzip body has more bytes after its end");
  }
}

TEST_F(Fetch, SavesAnEmptyPageWhereTheServerSaysThatItIsOne) {
  for (const Words& mode : {Words{}, Words{"--raw"}}) {
    expect_page(answer(page("", coded("gzip"))), mode, "");
    expect_page(answer("HTTP/1.1 204 No Content\r\n" + coded("gzip") + "\r\n"), mode, "");
  }
  expect_page(answer(chunked("0\r\n\r\n", coded("gzip"))), {}, "");
}

TEST_F(Fetch, NamesAnUnknownCoding) {
  for (const auto* const name : {"br", "gzip, br", "br, gzip", "zstd", "compress"}) {
    expect_fetch(answer(page("abc", coded(name))), {}, 1,
                 std::string("yodel: URL: the body has the unknown coding '") +
                     (holds(name, "br") ? "br" : name) + "'; known are gzip, deflate");
  }
  expect_fetch(answer(page("abc", coded("gzip, gzip, gzip, gzip, gzip, gzip"))), {}, 1, "5 ");
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: odd, chunked\r\n\r\n0\r\n\r\n"), {}, 1,
               "unknown coding 'odd'");
}

TEST_F(Fetch, SavesNoBodyWhoseEndIsNotKnown) {
  for (const auto* const codings : {"identity", "chunked, gzip", "chunked, chunked"}) {
    expect_fetch(answer(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: ") + codings +
                        "\r\n\r\n0\r\n\r\n"),
                 {}, 1, "does not say where the body ends");
  }
  expect_fetch(answer("HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\n\r\nabc"), {}, 1,
               "but the whole page was requested");
}

TEST_F(Fetch, SavesNoChunksThatAreCut) {
  const std::string whole = "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nChecked: yes\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // libcurl does without the very last byte, a line end.
    if (size + 1 < whole.size())
      expect_fetch(answer(chunked(whole.substr(0, size))), {}, 1, "yodel: URL: ");
    expect_fetch(answer(chunked(whole.substr(0, size))), {"--raw"}, 1,
                 "yodel: URL: the body ended before its last chunk");
  }
  expect_page(answer(chunked(whole)), {}, "abc0123456789");
  expect_page(answer(chunked(whole)), {"--raw"}, whole);
  for (const auto* const body : {"z\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n",
                                 "\r\n", "ffffffffffffffffff\r\n"}) {
    for (const Words& mode : {Words{}, Words{"--raw"}})
      expect_fetch(answer(chunked(body)), mode, 1, "yodel: URL: ");
  }
  expect_fetch(answer(chunked(whole + "x")), {"--raw"}, 1,
               "yodel: URL: the body is not in chunks as its header says");
}

TEST_F(Fetch, RejectsAnInvalidContentLength) {
  for (const Words& mode : {Words{}, Words{"--raw"}}) {
    for (const auto* const length :
         {"-1", "+3", "0x10", "", "3,4", "3;", "3 4", "3,", "9223372036854775808",
          "99999999999999999999", "3\r\nContent-Length: 4"}) {
      expect_fetch(
          answer(std::string("HTTP/1.1 200 OK\r\nContent-Length: ") + length + "\r\n\r\nabc"), mode,
          1, "yodel: URL: invalid Content-Length");
    }
    for (const auto* const length : {"3", "3, 3", "3\r\nContent-Length: 3", "03", "3 "}) {
      expect_page(
          answer(std::string("HTTP/1.1 200 OK\r\nContent-Length: ") + length + "\r\n\r\nabc"), mode,
          "abc");
    }
  }
  // A Transfer-Encoding overrides it.
  expect_page(answer(chunked("3\r\nabc\r\n0\r\n\r\n", "Content-Length: 3,4\r\n")), {}, "abc");
}

TEST_F(Fetch, SavesNoMoreThanIsAnnounced) {
  const auto more = answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef");
  expect_page(more, {}, "abc");
  expect_fetch(more, {"--raw"}, 1,
               "yodel: URL: the body is longer than the 3 bytes that the header announces");
}

// A body that is saved as it comes is decoded too, only to find its end.
TEST_F(Fetch, SavesNoCompressedBodyThatIsCutWhenRaw) {
  const auto body = compressed("some text that is compressed");
  const auto half = body.substr(0, body.size() - 1);
  const std::string error = "yodel: URL: the gzip body is incomplete";
  const std::string head = "HTTP/1.1 200 OK\r\n" + coded("gzip");
  expect_fetch(answer(head + "\r\n" + half), {"--raw"}, 1, error);
  expect_fetch(answer(page(half, coded("gzip"))), {"--raw"}, 1, error);
  const auto ends = chunk(half) + "0\r\n\r\n";
  expect_fetch(answer(chunked(ends, coded("gzip"))), {"--raw"}, 1, error);
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + half), {"--raw"}, 1,
               error);
  expect_page(answer(page("no gzip", coded("gzip"))), {"--raw"}, "no gzip");
  expect_page(answer(page("whatever", coded("rot13"))), {"--raw"}, "whatever");
}

// Parsers read such a field in different ways, so one may take a page for whole that another does
// not.
TEST_F(Fetch, SavesNoPageWhoseHeaderIsDoubtful) {
  for (const std::string field :
       {"Transfer-Encoding:\r\n chunked", "Transfer-Encoding : chunked", "Content-Length : 600",
        "Content-Length:\r\n\t600", "Content-Encoding : gzip"}) {
    for (const Words& mode : {Words{}, Words{"--raw"}}) {
      expect_fetch(answer("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\nbody"), mode, 1, "yodel: URL: ");
    }
  }
  expect_page(answer(page("body", "X-Long: a\r\n b\r\nX-Odd : c\r\n")), {}, "body");
}

TEST_F(Fetch, LeavesWhatIsCompressedAsItIsWhenRaw) {
  const std::string body = compressed("one\n");
  expect_page(answer(page(body, coded("gzip"))), {"--raw"}, body);
}

}  // namespace
}  // namespace yodel::tests
