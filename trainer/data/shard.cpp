#include "trainer/data/shard.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

#include "trainer/core/digest.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

static_assert(std::endian::native == std::endian::little, "shards are mapped as they are");

constexpr std::string_view kMagic = "PAWLSHRD";
constexpr std::uint32_t kVersion = 1;
constexpr const char* kHint = "Run: pawl-train prepare.";

std::uint64_t payload_digest(std::span<const std::uint64_t> offsets,
                             std::span<const std::uint16_t> tokens) {
  return digest(std::as_bytes(tokens), digest(std::as_bytes(offsets)));
}

std::uint64_t header_digest(const ShardHeader& header) {
  return digest(std::as_bytes(std::span(&header, 1)).first(offsetof(ShardHeader, header_digest)));
}

// Bytes of a file with this header; `bytes_max` + 1 for all that would be longer.
std::uint64_t file_bytes(const ShardHeader& header, std::uint64_t bytes_max) {
  if (header.documents > bytes_max / 8 || header.tokens > bytes_max / 2) return bytes_max + 1;
  return sizeof(ShardHeader) + 8 * (header.documents + 1) + 2 * header.tokens;
}

// What is wrong with a file that begins like this, or an empty text.
std::string fault_of(const ShardHeader& header, std::uint64_t bytes) {
  if (std::string_view(header.magic, sizeof(header.magic)) != kMagic) return "is not a shard";
  if (header.version != kVersion) {
    return format("is a shard of version %u; this build reads version %u", header.version,
                  kVersion);
  }
  if (header.header_digest != header_digest(header)) return "has a damaged header";
  const std::uint64_t expected = file_bytes(header, bytes);
  if (expected > bytes) return format("is cut short at %zu bytes", static_cast<std::size_t>(bytes));
  if (expected < bytes) {
    return format("has %zu bytes too many", static_cast<std::size_t>(bytes - expected));
  }
  return {};
}

}  // namespace

void ShardBuilder::add(std::span<const std::uint16_t> document, std::int64_t text_bytes) {
  tokens_.insert(tokens_.end(), document.begin(), document.end());
  offsets_.push_back(tokens_.size());
  text_bytes_ += text_bytes;
}

Result<void> ShardBuilder::write(const std::filesystem::path& path,
                                 const Vocabulary& vocabulary) const {
  ShardHeader header{.version = kVersion,
                     .vocabulary_size = static_cast<std::uint32_t>(vocabulary.size()),
                     .vocabulary_digest = vocabulary.digest(),
                     .documents = offsets_.size() - 1,
                     .tokens = tokens_.size(),
                     .text_bytes = static_cast<std::uint64_t>(text_bytes_),
                     .payload_digest = payload_digest(offsets_, tokens_)};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.header_digest = header_digest(header);
  return write_file(path, [&](FileWriter& writer) {
    writer.write(std::as_bytes(std::span(&header, 1)));
    writer.write(std::as_bytes(std::span(offsets_)));
    writer.write(std::as_bytes(std::span(tokens_)));
  });
}

Result<Shard> Shard::open(const std::filesystem::path& path) {
  TRY(MappedFile file, MappedFile::open(path));
  ShardHeader header{};
  if (file.bytes().size() < sizeof(header)) {
    return fail(path.string() + " is too short to be a shard", kHint);
  }
  std::memcpy(&header, file.bytes().data(), sizeof(header));
  if (const std::string fault = fault_of(header, file.bytes().size()); !fault.empty()) {
    return fail(path.string() + " " + fault, kHint);
  }
  Shard shard(path.string(), std::move(file), header);
  if (shard.offsets_.front() != 0 || shard.offsets_.back() != header.tokens ||
      !std::ranges::is_sorted(shard.offsets_)) {
    return fail(path.string() + " has damaged document offsets", kHint);
  }
  return shard;
}

Shard::Shard(std::string path, MappedFile file, const ShardHeader& header)
    : path_(std::move(path)), file_(std::move(file)), header_(header) {
  const std::byte* const offsets = file_.bytes().data() + sizeof(ShardHeader);
  offsets_ = {reinterpret_cast<const std::uint64_t*>(offsets), header.documents + 1};
  tokens_ = {reinterpret_cast<const std::uint16_t*>(offsets + offsets_.size_bytes()),
             header.tokens};
}

Result<void> Shard::verify() const {
  if (payload_digest(offsets_, tokens_) != header_.payload_digest) {
    return fail(path_ + " is damaged: its tokens are not those that were written", kHint);
  }
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i] < header_.vocabulary_size) continue;
    return fail(format("%s has token %d at %zu, and its vocabulary has %u", path_.c_str(),
                       tokens_[i], i, header_.vocabulary_size),
                kHint);
  }
  return {};
}

std::span<const std::uint16_t> Shard::document(std::int64_t index) const {
  assert(index >= 0 && index < documents());
  const auto at = static_cast<std::size_t>(index);
  return tokens_.subspan(offsets_[at], offsets_[at + 1] - offsets_[at]);
}

}  // namespace trainer
