#include "protocol/saved_syn.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace yodel::protocol {
namespace {

using Bytes = std::vector<std::byte>;

// Returns the bytes of a text of hexadecimal digits and spaces.
Bytes bytes(std::string_view hex) {
  std::string digits(hex);
  std::erase(digits, ' ');
  Bytes result;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    result.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return result;
}

// Bytes that TCP_SAVED_SYN returned on Linux 6.18, over the loopback interface.
constexpr std::string_view ipv4 =
    "4500003cf6f34000400645c67f0000017f000001"
    "9eb4bacde308825000000000a002ffd7fe300000"
    "0204ffd7 0402 080a3d52365700000000 01 03030a";
// With IP_TOS 0xb8 (DSCP 46), IP_TTL 57 and TCP_MAXSEG 1360.
constexpr std::string_view ipv4_set =
    "45b8003c7ca440003906c65d7f0000017f000001"
    "eca0927d1178fe5900000000a002ff00fe300000"
    "02040550 0402 080afeb1207900000000 01 03030a";
// With a timestamp as an option of the IPv4 header.
constexpr std::string_view ipv4_options =
    "4900004c68d040004006a04f7f0000017f000001 01010101 440c0d0003f4dc8703f4dc87"
    "c72eb6edb7aaad9400000000a002ffd7fe300000"
    "0204ffd7 0402 080a5d3563c800000000 01 03030a";
constexpr std::string_view mptcp =
    "450000409c9740004006a01e7f0000017f000001"
    "eaecc8794736c51b00000000b002ffd7fe340000"
    "0204ffd7 0402 080a7cd6db1a00000000 01 03030a 1e040101";
// A request for a cookie.
constexpr std::string_view fast_open =
    "450000400097400040063c1f7f0000017f000001"
    "edf4eaa171529b7d00000000b002ffd7fe340000"
    "0204ffd7 0402 080a428aa62300000000 01 03030a 2202 0101";
// With IPV6_TCLASS 0x28 (DSCP 10) and IPV6_UNICAST_HOPS 33.
constexpr std::string_view ipv6 =
    "6281a0ea00280621 00000000000000000000000000000001 00000000000000000000000000000001"
    "9a54a8e7dda5a5e600000000a002ffc400300000"
    "0204ffc4 0402 080a3da5911100000000 01 03030a";
// With IPV6_HOPOPTS and IPV6_DSTOPTS.
constexpr std::string_view ipv6_extensions =
    "600ea17c00380040 00000000000000000000000000000001 00000000000000000000000000000001"
    "3c00010400000000 0600010400000000"
    "cb7ce469e9b2525400000000a002ffc400300000"
    "0204ffc4 0402 080a48821dc800000000 01 03030a";
constexpr std::string_view all_real[] = {ipv4,      ipv4_set, ipv4_options,   mptcp,
                                         fast_open, ipv6,     ipv6_extensions};

constexpr SynOption mss{.kind = SynOptionKind::mss};
constexpr SynOption sack{.kind = SynOptionKind::sack};
constexpr SynOption timestamps{.kind = SynOptionKind::timestamps};
constexpr SynOption window_scale(std::uint8_t shift) {
  return {.kind = SynOptionKind::window_scale, .shift = shift};
}
constexpr SynOption malformed(SynOptionKind kind) {
  return {.kind = kind, .well_formed = false};
}

using Options = std::vector<SynOption>;

Options options(const SavedSyn& syn) {
  return {syn.options().begin(), syn.options().end()};
}

SavedSyn parse(std::string_view hex) {
  const auto syn = parse_saved_syn(bytes(hex));
  EXPECT_TRUE(syn) << hex;
  return syn.value_or(SavedSyn{});
}

TEST(SavedSyn, IsReadFromIpv4) {
  const auto plain = parse(ipv4);
  EXPECT_EQ(plain.ttl, 64);
  EXPECT_EQ(plain.dscp, 0);
  EXPECT_EQ(plain.mss, 65495);
  EXPECT_EQ(options(plain), (Options{mss, sack, timestamps, window_scale(10)}));
  const auto set = parse(ipv4_set);
  EXPECT_EQ(set.ttl, 57);
  EXPECT_EQ(set.dscp, 46);
  EXPECT_EQ(set.mss, 1360);
  EXPECT_EQ(parse(ipv4_options), plain) << "options of the IPv4 header are skipped";
}

TEST(SavedSyn, IsReadFromIpv6) {
  const auto plain = parse(ipv6);
  EXPECT_EQ(plain.ttl, 33);
  EXPECT_EQ(plain.dscp, 10);
  EXPECT_EQ(plain.mss, 65476);
  EXPECT_EQ(options(plain), (Options{mss, sack, timestamps, window_scale(10)}));
  const auto extended = parse(ipv6_extensions);
  EXPECT_EQ(extended.ttl, 64);
  EXPECT_EQ(options(extended), options(plain)) << "extension headers are skipped";
}

TEST(SavedSyn, KnowsTheExtensionsOfTcp) {
  EXPECT_EQ(options(parse(mptcp)).back(), SynOption{.kind = SynOptionKind::mptcp});
  EXPECT_EQ(options(parse(fast_open)).back(), SynOption{.kind = SynOptionKind::fast_open});
}

TEST(SavedSyn, IsRefusedIfItIsCutAnywhere) {
  for (const auto hex : all_real) {
    const Bytes whole = bytes(hex);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      // A buffer of exactly this size, so that the sanitizers find a read beyond it.
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(parse_saved_syn(cut), std::nullopt) << size << " bytes of " << hex;
    }
  }
}

// Every byte of a header may have any value.
TEST(SavedSyn, EndsWithinItsBytesWhateverTheyAre) {
  for (const auto hex : all_real) {
    Bytes changed = bytes(hex);
    for (std::byte& each : changed) {
      const std::byte original = each;
      for (int value = 0; value <= 255; ++value) {
        each = static_cast<std::byte>(value);
        const auto syn = parse_saved_syn(changed);
        EXPECT_TRUE(!syn || (syn->dscp < 64 && syn->options().size() <= max_syn_options));
      }
      each = original;
    }
  }
}

TEST(SavedSyn, IsRefusedIfItIsNotTcpOverIp) {
  const auto with = [](std::string_view hex, std::size_t at, int value) {
    Bytes changed = bytes(hex);
    changed[at] = static_cast<std::byte>(value);
    return parse_saved_syn(changed);
  };
  for (const int version : {0, 1, 2, 3, 5, 7, 15}) {
    EXPECT_FALSE(with(ipv4, 0, version << 4 | 5)) << version;
  }
  EXPECT_FALSE(with(ipv4, 0, 0x44)) << "an IPv4 header of 16 bytes";
  EXPECT_FALSE(with(ipv4, 0, 0x4f))
      << "an IPv4 header of 60 bytes, which takes from the TCP header";
  EXPECT_FALSE(with(ipv4, 9, 17)) << "UDP";
  EXPECT_FALSE(with(ipv6, 6, 17)) << "UDP";
  EXPECT_FALSE(with(ipv6, 6, 59)) << "no next header";
  EXPECT_FALSE(with(ipv4, 32, 0x40)) << "a TCP header of 16 bytes";
  EXPECT_FALSE(with(ipv4, 32, 0xf0)) << "a TCP header of 60 bytes, of which 40 are there";
}

constexpr std::string_view ipv6_start = "60000000 0000";
constexpr std::string_view ipv6_rest =
    "40 00000000000000000000000000000001 00000000000000000000000000000001";
constexpr std::string_view bare_tcp = "cb7ce469e9b2525400000000 50 02ffc400300000";

std::optional<SavedSyn> with_extensions(std::string_view first, const std::string& extensions) {
  std::string hex(ipv6_start);
  return parse_saved_syn(
      bytes(hex.append(first).append(ipv6_rest).append(extensions).append(bare_tcp)));
}

TEST(SavedSyn, SkipsEveryExtensionHeader) {
  // Hop-by-hop options of 16 bytes, routing, fragment (whose second byte is reserved, not a
  // length), authentication (in units of four bytes) and destination options.
  EXPECT_TRUE(with_extensions("00",
                              "2b01010c000000000000000000000000"
                              "2c00000000000000"
                              "33ff000000000000"
                              "3c0100000000000000000000"
                              "0600010400000000"));
  std::string chain;
  for (int i = 0; i < 1000; ++i)
    chain += "3c00010400000000";
  EXPECT_TRUE(with_extensions("3c", chain + "0600010400000000")) << "the loop ends with the bytes";
  EXPECT_FALSE(with_extensions("3c", chain));
}

TEST(SavedSyn, IsRefusedIfAnExtensionHeaderIsTooLong) {
  EXPECT_TRUE(with_extensions("00", "0600010400000000"));
  EXPECT_FALSE(with_extensions("00", "06ff010400000000"));
  EXPECT_FALSE(with_extensions("33", "06ff010400000000"));
  EXPECT_FALSE(with_extensions("00", "0603010400000000")) << "4 bytes more than there are";
  EXPECT_FALSE(with_extensions("00", "0602010400000000")) << "leaves 4 bytes for the TCP header";
}

// Returns the options of a SYN that has these, whose size must be a multiple of four bytes.
SavedSyn with_options(const std::string& hex) {
  const std::size_t size = 20 + bytes(hex).size();
  EXPECT_EQ(size % 4, 0U) << hex;
  std::string tcp(bare_tcp);
  tcp.replace(tcp.find(" 50 "), 4, {"0123456789abcdef"[size / 4], '0'});
  return parse("4500000000004000 4006 0000 7f0000017f000001" + tcp + hex);
}

TEST(SynOptions, MayBeMissing) {
  const auto syn = with_options("");
  EXPECT_TRUE(syn.options().empty());
  EXPECT_EQ(syn.mss, std::nullopt);
  EXPECT_TRUE(with_options("01010101").options().empty());
}

TEST(SynOptions, EndAtTheEndOfTheList) {
  EXPECT_EQ(options(with_options("0402 00 02040550 00")), Options{sack});
}

// As in the kernel's tcp_parse_options().
TEST(SynOptions, EndAtAnImpossibleLength) {
  EXPECT_EQ(options(with_options("0402 0200 02040550")), Options{sack});
  EXPECT_EQ(options(with_options("0402 0201 02040550")), Options{sack});
  EXPECT_EQ(options(with_options("0402 080a 00000001")), Options{sack}) << "beyond the end";
  EXPECT_EQ(options(with_options("0402 01 02")), Options{sack}) << "a kind without a length";
  EXPECT_EQ(options(with_options("0402 02ff")), Options{sack});
}

TEST(SynOptions, OfAnotherLengthThanTheirsMeanNothing) {
  const auto syn = with_options("0203ff 0302 040300");
  EXPECT_EQ(options(syn),
            (Options{malformed(SynOptionKind::mss), malformed(SynOptionKind::window_scale),
                     malformed(SynOptionKind::sack)}));
  EXPECT_EQ(syn.mss, std::nullopt);
}

TEST(SynOptions, AreKeptIfTheyAreUnknown) {
  EXPECT_EQ(options(with_options("fe04f989 0303ff 01")),
            (Options{{.kind = SynOptionKind{254}}, window_scale(255)}));
}

TEST(SynOptions, TheLastSegmentSizeCounts) {
  EXPECT_EQ(with_options("02040550 020405b4").mss, 1460);
}

TEST(SynOptions, AreAtMostTwenty) {
  std::string all;
  for (std::size_t i = 0; i < max_syn_options; ++i)
    all += "0402";
  EXPECT_EQ(with_options(all).options().size(), max_syn_options);
}

}  // namespace
}  // namespace yodel::protocol
