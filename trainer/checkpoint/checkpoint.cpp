#include "trainer/checkpoint/checkpoint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <set>
#include <utility>

#include "trainer/core/digest.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "PAWLCKPT";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kPrefixBytes = 32;
constexpr std::size_t kAlignment = 64;
constexpr std::array<std::byte, kAlignment> kZeros{};

constexpr std::size_t aligned(std::size_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

void put(std::string& to, std::uint64_t word) {
  std::array<char, sizeof word> bytes{};
  std::memcpy(bytes.data(), &word, sizeof word);
  to.append(bytes.data(), bytes.size());
}

void put(std::string& to, std::string_view text) {
  put(to, std::uint64_t{text.size()});
  to += text;
}

// Reads words and texts, and remembers whether there were enough bytes.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t word() {
    std::uint64_t word = 0;
    if (bytes_.size() < sizeof word) return give_up();
    std::memcpy(&word, bytes_.data(), sizeof word);
    bytes_ = bytes_.subspan(sizeof word);
    return word;
  }
  std::string text() {
    const std::uint64_t size = word();
    if (bytes_.size() < size) return std::string(give_up(), ' ');
    std::string text(reinterpret_cast<const char*>(bytes_.data()), size);
    bytes_ = bytes_.subspan(size);
    return text;
  }
  bool is_complete() const { return !failed_ && bytes_.empty(); }  // all was read, and no more
  bool failed() const { return failed_; }

 private:
  std::uint64_t give_up() {
    failed_ = true;
    return 0;
  }

  std::span<const std::byte> bytes_;
  bool failed_ = false;
};

std::string header_of(const CheckpointContents& contents) {
  std::string header;
  put(header, contents.identity.tokenizer);
  put(header, contents.identity.model);
  put(header, contents.config);
  put(header, contents.state);
  put(header, std::uint64_t{contents.blobs.size()});
  std::set<std::string_view> names;
  for (const Blob& blob : contents.blobs) {
    const bool is_first_of_its_name = names.insert(blob.name).second;
    assert(is_first_of_its_name);
    put(header, blob.name);
    put(header, std::uint64_t{blob.bytes.size()});
    put(header, digest(blob.bytes));
  }
  return header;
}

std::string prefix_of(const std::string& header) {
  std::string prefix(kMagic);
  put(prefix, kVersion);
  put(prefix, std::uint64_t{header.size()});
  put(prefix, digest(header));
  return prefix;
}

std::string size_text(std::size_t bytes) {
  return grouped(static_cast<std::int64_t>(bytes)) + " bytes";
}

constexpr const char* kOtherSnapshot = "Continue from another checkpoint, or start anew.";

}  // namespace

Result<void> write_checkpoint(const std::filesystem::path& path,
                              const CheckpointContents& contents) {
  const std::string header = header_of(contents);
  return write_file(path, [&](FileWriter& file) {
    file.write(prefix_of(header));
    file.write(header);
    std::size_t offset = kPrefixBytes + header.size();
    for (const Blob& blob : contents.blobs) {
      file.write(std::span(kZeros).first(aligned(offset) - offset));
      file.write(blob.bytes);
      offset = aligned(offset) + blob.bytes.size();
    }
  });
}

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
  TRY(MappedFile file, MappedFile::open(path));
  Checkpoint checkpoint(path.string(), std::move(file));
  TRY(const std::span<const std::byte> header, checkpoint.header());
  CHECK_OK(checkpoint.read_header(header));
  CHECK_OK(checkpoint.place_blobs(kPrefixBytes + header.size()));
  return checkpoint;
}

Result<std::span<const std::byte>> Checkpoint::header() const {
  const std::span<const std::byte> bytes = file_.bytes();
  if (!file_.text().starts_with(kMagic)) {
    return fail(path_ + " is not a checkpoint of pawl-train",
                "A checkpoint begins with the eight letters PAWLCKPT.");
  }
  Reader prefix(bytes.first(std::min(bytes.size(), kPrefixBytes)).subspan(kMagic.size()));
  const std::uint64_t version = prefix.word();
  const std::uint64_t size = prefix.word();
  const std::uint64_t expected = prefix.word();
  if (prefix.failed()) {
    return fail(path_ + " is truncated: it ends in its first " + size_text(kPrefixBytes),
                kOtherSnapshot);
  }
  if (version != kVersion) {
    return fail(path_ + " has format version " + std::to_string(version) +
                    "; this program reads version " + std::to_string(kVersion),
                "Read it with the program that wrote it.");
  }
  if (size > bytes.size() - kPrefixBytes) {
    return fail(path_ + " is truncated: it ends in its header", kOtherSnapshot);
  }
  const std::span<const std::byte> header = bytes.subspan(kPrefixBytes, size);
  if (digest(header) != expected) return damaged("the header");
  return header;
}

Result<void> Checkpoint::read_header(std::span<const std::byte> header) {
  Reader reader(header);
  identity_ = {.tokenizer = reader.word(), .model = reader.word()};
  config_ = reader.text();
  state_ = reader.text();
  const std::uint64_t blobs = reader.word();
  for (std::uint64_t i = 0; i < blobs && !reader.failed(); ++i) {
    Entry entry{.name = reader.text()};
    entry.size = reader.word();
    entry.digest = reader.word();
    entries_.push_back(std::move(entry));
  }
  if (!reader.is_complete()) return damaged("the header");
  return {};
}

Result<void> Checkpoint::place_blobs(std::size_t offset) {
  const std::size_t total = file_.bytes().size();
  for (Entry& entry : entries_) {
    entry.offset = aligned(offset);
    if (entry.offset > total || entry.size > total - entry.offset) {
      return fail(path_ + " is truncated: it ends at byte " + grouped(std::int64_t(total)) +
                      ", in blob \"" + entry.name + "\"",
                  kOtherSnapshot);
    }
    const auto zeros = file_.bytes().subspan(offset, entry.offset - offset);
    if (std::ranges::any_of(zeros, [](std::byte byte) { return byte != std::byte{}; })) {
      return damaged("the space before blob \"" + entry.name + "\"");
    }
    offset = entry.offset + entry.size;
  }
  if (offset != total) {
    return fail(path_ + " is damaged: " + size_text(total - offset) + " follow its last blob",
                kOtherSnapshot);
  }
  return {};
}

Result<void> Checkpoint::fits(const Identity& wanted) const {
  const auto differs = [&](const char* what, std::uint64_t ours, std::uint64_t theirs) {
    return fail(
        path_ + " was made with another " + what + ": " + hex(ours) + ", and not " + hex(theirs),
        "Its config says how it was made.");
  };
  if (identity_.tokenizer != wanted.tokenizer) {
    return differs("tokenizer", identity_.tokenizer, wanted.tokenizer);
  }
  if (identity_.model != wanted.model) {
    return differs("model shape", identity_.model, wanted.model);
  }
  return {};
}

Result<std::span<const std::byte>> Checkpoint::blob(std::string_view name,
                                                    std::size_t expected_bytes) const {
  const auto entry = std::ranges::find(entries_, name, &Entry::name);
  if (entry == entries_.end()) {
    std::vector<std::string> names;
    for (const Entry& other : entries_) names.push_back(other.name);
    return fail(path_ + " has no blob \"" + std::string(name) + "\"",
                "It has " + std::to_string(names.size()) + " others." + did_you_mean(name, names));
  }
  if (entry->size != expected_bytes) {
    return fail(path_ + ": blob \"" + entry->name + "\" has " + size_text(entry->size) +
                ", and this model's has " + size_text(expected_bytes));
  }
  CHECK_OK(check(*entry));
  return file_.bytes().subspan(entry->offset, entry->size);
}

Result<void> Checkpoint::verify() const {
  for (const Entry& entry : entries_) CHECK_OK(check(entry));
  return {};
}

Result<void> Checkpoint::check(const Entry& entry) const {
  const auto bytes = file_.bytes().subspan(entry.offset, entry.size);
  if (digest(bytes) != entry.digest) return damaged("blob \"" + entry.name + "\"");
  return {};
}

std::unexpected<Error> Checkpoint::damaged(const std::string& part) const {
  return fail(path_ + " is damaged: " + part + " is not what was written", kOtherSnapshot);
}

}  // namespace trainer
