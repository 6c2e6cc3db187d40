#include "client/fetch/content_decoder.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <new>
#include <utility>

#define ZLIB_CONST  // zlib takes its input as const
#include <zlib.h>

namespace yodel::client::fetch {
namespace {

constexpr std::size_t buffer_size = 65536;

// For inflateInit2() in zlib.h: the largest window, and the format around the data.
constexpr int zlib_format = MAX_WBITS;
constexpr int gzip_format = MAX_WBITS + 16;
constexpr int bare_format = -MAX_WBITS;

constexpr char gzip_magic = '\x1f';

// Returns whether a header of zlib begins with this byte, which has the method in its lower half,
// RFC 1950, 2.2. No encoder begins bare data like that: it would be an empty block with garbage in
// its padding, RFC 1951, 3.2.4.
bool begins_zlib(char first) {
  return (static_cast<unsigned char>(first) & 0x0fU) == Z_DEFLATED;
}

const char* name_of(Coding coding) {
  return coding == Coding::gzip ? "gzip" : "deflate";
}

}  // namespace

std::optional<Coding> coding_of(std::string_view name) {
  if (name == "gzip" || name == "x-gzip") return Coding::gzip;
  if (name == "deflate") return Coding::deflate;
  return std::nullopt;
}

void ContentDecoder::End::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  const std::unique_ptr<z_stream_s> owner(stream);
}

ContentDecoder::ContentDecoder(Coding coding, std::string url)
    : coding_(coding), url_(std::move(url)), buffer_(buffer_size) {
  auto stream = std::make_unique<z_stream>();
  if (inflateInit2(stream.get(), gzip_format) != Z_OK) throw std::bad_alloc();
  stream_.reset(stream.release());
}

tl::unexpected<Failure> ContentDecoder::wrong(std::string_view what) const {
  return failure(ExitStatus::wrong_answer,
                 fmt::format("{}: the {} body {}", url_, name_of(coding_), what));
}

Result<void> ContentDecoder::begin(char first) {
  const bool is_member = place_ == Place::start ||
                         (place_ == Place::after && coding_ == Coding::gzip && first == gzip_magic);
  if (!is_member) return wrong("has more bytes after its end");
  const int of_deflate = begins_zlib(first) ? zlib_format : bare_format;
  if (inflateReset2(stream_.get(), coding_ == Coding::gzip ? gzip_format : of_deflate) != Z_OK) {
    throw std::bad_alloc();
  }
  place_ = Place::inside;
  return {};
}

Result<void> ContentDecoder::inflate(std::string_view& bytes, const Sink& sink) {
  z_stream& stream = *stream_;
  const auto given = std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
  stream.next_in = reinterpret_cast<const Bytef*>(bytes.data());
  stream.avail_in = static_cast<uInt>(given);
  int code = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream.avail_out = static_cast<uInt>(buffer_.size());
    code = ::inflate(&stream, Z_NO_FLUSH);
    if (code == Z_MEM_ERROR) throw std::bad_alloc();
    const std::string_view decoded(buffer_.data(), buffer_.size() - stream.avail_out);
    if (!decoded.empty()) {
      if (auto taken = sink(decoded); !taken) return taken;
    }
    // Z_BUF_ERROR: what has come yields nothing more.
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return wrong(
          fmt::format("is damaged: {}", stream.msg == nullptr ? zError(code) : stream.msg));
    }
  } while (code == Z_OK && (stream.avail_in > 0 || stream.avail_out == 0));
  if (code == Z_STREAM_END) place_ = Place::after;
  bytes.remove_prefix(given - stream.avail_in);
  return {};
}

Result<void> ContentDecoder::decode(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const bool has_ended = place_ == Place::after || place_ == Place::padding;
    if (has_ended && bytes.front() == '\0') {
      place_ = Place::padding;
      bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
      continue;
    }
    if (place_ != Place::inside) {
      if (auto begun = begin(bytes.front()); !begun) return begun;
    }
    if (auto done = inflate(bytes, sink); !done) return done;
  }
  return {};
}

Result<void> ContentDecoder::finish() const {
  if (place_ == Place::after || place_ == Place::padding) return {};
  return wrong("is incomplete");
}

}  // namespace yodel::client::fetch
