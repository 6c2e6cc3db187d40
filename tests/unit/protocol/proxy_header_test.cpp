#include "protocol/proxy_header.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace yodel::protocol {
namespace {

tl::expected<ProxyHeader, ProxyFault> parse(std::string_view bytes) {
  return parse_proxy_header(std::as_bytes(std::span(bytes)));
}

// Returns the client as text, "none", or the fault.
std::string client_of(std::string_view bytes) {
  const auto header = parse(bytes);
  if (header) return header->client ? to_string(*header->client) : "none";
  switch (header.error()) {
    case ProxyFault::incomplete: return "incomplete";
    case ProxyFault::malformed: return "malformed";
    case ProxyFault::too_long: return "too long";
  }
  return "?";
}

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string big_endian(std::size_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}

// Returns a header of version 2 with this byte of version and command, this one of family and
// transport, and `rest`, whose length it names.
std::string binary(int command, int family, const std::string& rest) {
  return signature + static_cast<char>(command) + static_cast<char>(family) +
         big_endian(rest.size()) + rest;
}

const std::string ports = big_endian(40112) + big_endian(9999);
const std::string ipv4_addresses = std::string("\xCB\0\x71\x09", 4) + "\xC6\x33\x64\x07" + ports;
const std::string ipv6_addresses = std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x09", 16) +
                                   std::string("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07", 16) +
                                   ports;
const std::string text4 = "PROXY TCP4 203.0.113.9 198.51.100.7 40112 9999\r\n";
const std::string text6 = "PROXY TCP6 2001:db8::9 2001:db8::7 40112 9999\r\n";
const std::string binary4 = binary(0x21, 0x11, ipv4_addresses);
const std::string binary6 = binary(0x21, 0x21, ipv6_addresses);

TEST(ProxyHeader, NamesTheClient) {
  EXPECT_EQ(client_of(text4), "203.0.113.9:40112");
  EXPECT_EQ(client_of(text6), "[2001:db8::9]:40112");
  EXPECT_EQ(client_of(binary4), "203.0.113.9:40112");
  EXPECT_EQ(client_of(binary6), "[2001:db8::9]:40112");
}

TEST(ProxyHeader, EndsWhereTheClientsBytesBegin) {
  for (const auto& header : {text4, text6, binary4, binary6}) {
    EXPECT_EQ(parse(header)->size, header.size());
    // The bytes after it may be any.
    for (const std::string more : {"\r\n", "alice\n", "PROXY TCP4 ", "\0", "\r\n\r\n"}) {
      const auto parsed = parse(header + more);
      ASSERT_TRUE(parsed) << more;
      EXPECT_EQ(parsed->size, header.size()) << more;
    }
  }
}

TEST(ProxyHeader, IsIncompleteWhereverItIsCut) {
  const auto with_extensions = binary(0x21, 0x11, ipv4_addresses + std::string("\x04\0\x01x", 4));
  for (const auto& header : {text4, text6, binary4, binary6, with_extensions,
                             std::string("PROXY UNKNOWN\r\n"), binary(0x20, 0, "")}) {
    for (std::size_t size = 0; size < header.size(); ++size)
      EXPECT_EQ(client_of(header.substr(0, size)), "incomplete") << size << " of " << header;
    EXPECT_TRUE(parse(header));
  }
}

TEST(ProxyHeader, OfAProxyThatSpeaksForItselfNamesNobody) {
  EXPECT_EQ(client_of("PROXY UNKNOWN\r\n"), "none");
  EXPECT_EQ(client_of("PROXY UNKNOWN ffff::1 anything at all 1 2\r\n"), "none");
  EXPECT_EQ(client_of(binary(0x20, 0x00, "")), "none");
  EXPECT_EQ(client_of(binary(0x20, 0x11, ipv4_addresses)), "none");
  EXPECT_EQ(client_of(binary(0x21, 0x00, "")), "none");
  EXPECT_EQ(client_of(binary(0x21, 0x00, "any bytes")), "none");
  EXPECT_EQ(parse(binary(0x21, 0x00, "any bytes"))->size, 16U + 9U);
}

TEST(ProxyHeader, MayHaveExtensions) {
  const std::string extensions("\x03\0\x04\0\0\0\0\x05\0\x03uid", 13);
  EXPECT_EQ(client_of(binary(0x21, 0x11, ipv4_addresses + extensions)), "203.0.113.9:40112");
  const auto largest =
      binary(0x21, 0x21, ipv6_addresses + std::string(max_proxy_header - binary6.size(), '\0'));
  EXPECT_EQ(largest.size(), max_proxy_header);
  EXPECT_EQ(client_of(largest), "[2001:db8::9]:40112");
}

TEST(ProxyHeader, IsRefusedAtOnceIfItIsTooLong) {
  const auto too_long =
      binary(0x21, 0x11, ipv4_addresses + std::string(max_proxy_header + 1 - binary4.size(), '\0'));
  EXPECT_EQ(client_of(too_long), "too long");
  EXPECT_EQ(client_of(too_long.substr(0, 16)), "too long") << "without waiting for the rest";
  EXPECT_EQ(client_of(binary(0x20, 0, "").replace(14, 2, "\xff\xff")), "too long");
  // Version 1 has a limit of its own: 107 bytes with the end of the line.
  const std::string unknown = "PROXY UNKNOWN ";
  EXPECT_EQ(client_of(unknown + std::string(105 - unknown.size(), 'x') + "\r\n"), "none");
  EXPECT_EQ(client_of(unknown + std::string(106 - unknown.size(), 'x') + "\r\n"), "malformed");
  EXPECT_EQ(client_of(unknown + std::string(106 - unknown.size(), 'x')), "incomplete");
  EXPECT_EQ(client_of(unknown + std::string(107 - unknown.size(), 'x')), "malformed");
}

// RFC 4291, 2.5.5.2: a proxy that listens at "::" may name IPv4 clients so.
TEST(ProxyHeader, WithAMappedAddressNamesAnIpv4Client) {
  EXPECT_EQ(client_of("PROXY TCP6 ::ffff:203.0.113.9 2001:db8::7 40112 9999\r\n"),
            "203.0.113.9:40112");
  auto mapped = ipv6_addresses;
  mapped.replace(0, 16, std::string(10, '\0') + "\xff\xff" + std::string("\xCB\0\x71\x09", 4));
  EXPECT_EQ(client_of(binary(0x21, 0x21, mapped)), "203.0.113.9:40112");
}

TEST(ProxyHeader, IsMalformedInManyWays) {
  for (const std::string text : {"alice\n",
                                 "GET / HTTP/1.1\r\n",
                                 "proxy TCP4 203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY\tTCP4 203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY \r\n",
                                 "PROXY TCP4\r\n",
                                 "PROXY TCP4 203.0.113.9\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 40112\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 40112 \r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 40112 9999 \r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 40112 9999 1\r\n",
                                 "PROXY  TCP4 203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY TCP4  203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY TCP4 203.0.113.256 198.51.100.7 40112 9999\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100 40112 9999\r\n",
                                 "PROXY TCP4 2001:db8::9 2001:db8::7 40112 9999\r\n",
                                 "PROXY TCP6 203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY TCP6 fe80::1%eth0 2001:db8::7 40112 9999\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 65536 9999\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 40112 65536\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 040112 9999\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 -1 9999\r\n",
                                 "PROXY TCP4 203.0.113.9 198.51.100.7 +1 9999\r\n",
                                 "PROXY UDP4 203.0.113.9 198.51.100.7 40112 9999\r\n",
                                 "PROXY UNKNOWNS\r\n",
                                 "PROXY unknown\r\n"}) {
    EXPECT_EQ(client_of(text), "malformed") << text;
  }
  EXPECT_EQ(client_of(std::string("PROXY TCP4 203.0.113.9\0 198.51.100.7 40112 9999\r\n", 49)),
            "malformed");
  // Versions, commands, families and transports that are not for TCP, or not at all.
  for (const int command : {0x00, 0x01, 0x11, 0x22, 0x2f, 0x31})
    EXPECT_EQ(client_of(binary(command, 0x11, ipv4_addresses)), "malformed") << command;
  for (const int family : {0x01, 0x02, 0x10, 0x12, 0x13, 0x20, 0x22, 0x31, 0x32, 0x41, 0xff})
    EXPECT_EQ(client_of(binary(0x21, family, std::string(216, '\0'))), "malformed") << family;
  // Too short for its family.
  EXPECT_EQ(client_of(binary(0x21, 0x11, ipv4_addresses.substr(1))), "malformed");
  EXPECT_EQ(client_of(binary(0x21, 0x21, ipv6_addresses.substr(1))), "malformed");
}

// A wrong byte is refused at once, without waiting for the rest.
TEST(ProxyHeader, IsMalformedFromItsFirstWrongByte) {
  for (const auto& header : {text4.substr(0, 6), signature}) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      auto wrong = header.substr(0, i + 1);
      wrong[i] ^= 1;
      EXPECT_EQ(client_of(wrong), "malformed") << i;
    }
  }
}

}  // namespace
}  // namespace yodel::protocol
