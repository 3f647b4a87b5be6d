// A file of tokenised documents, read by mapping it.
//
// All numbers are little-endian. A header of 64 bytes:
//
//    0  8 bytes  "PAWLSHRD"
//    8  u32      format version, 1
//   12  u32      vocabulary size, special tokens included
//   16  u64      digest of the vocabulary (Vocabulary::digest)
//   24  u64      documents, n
//   32  u64      tokens, m
//   40  u64      bytes of the text that the tokens stand for
//   48  u64      digest of the payload: XXH64 of the tokens, seeded by XXH64 of the offsets
//   56  u64      XXH64 of the 56 bytes before
//
// then n + 1 offsets (u64): document i is the tokens from offset i up to offset i + 1, so the first
// offset is 0 and the last is m; then m tokens (u16). Nothing follows. BOS is not stored: whoever
// reads documents puts it before each.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "trainer/core/file.h"
#include "trainer/core/result.h"
#include "trainer/data/vocabulary.h"

namespace trainer {

struct ShardHeader {
  char magic[8];
  std::uint32_t version, vocabulary_size;
  std::uint64_t vocabulary_digest, documents, tokens, text_bytes, payload_digest, header_digest;
};
static_assert(sizeof(ShardHeader) == 64);

class ShardBuilder {
 public:
  void add(std::span<const std::uint16_t> document, std::int64_t text_bytes);
  std::int64_t documents() const { return static_cast<std::int64_t>(offsets_.size()) - 1; }
  std::int64_t tokens() const { return static_cast<std::int64_t>(tokens_.size()); }
  Result<void> write(const std::filesystem::path& path, const Vocabulary& vocabulary) const;

 private:
  std::vector<std::uint64_t> offsets_{0};
  std::vector<std::uint16_t> tokens_;
  std::int64_t text_bytes_ = 0;
};

// Immutable; may be read from any thread.
class Shard {
 public:
  // Checks the header and the offsets, which is quick. Errors name the file and what is wrong.
  static Result<Shard> open(const std::filesystem::path& path);

  // Reads everything: the digest of the payload, and that each token is in the vocabulary.
  Result<void> verify() const;

  std::int64_t documents() const { return static_cast<std::int64_t>(header_.documents); }
  std::int64_t tokens() const { return static_cast<std::int64_t>(header_.tokens); }
  std::int64_t text_bytes() const { return static_cast<std::int64_t>(header_.text_bytes); }
  int vocabulary_size() const { return static_cast<int>(header_.vocabulary_size); }
  std::uint64_t vocabulary_digest() const { return header_.vocabulary_digest; }
  std::uint64_t digest() const { return header_.payload_digest; }

  std::span<const std::uint16_t> document(std::int64_t index) const;

 private:
  Shard(std::string path, MappedFile file, const ShardHeader& header);

  std::string path_;
  MappedFile file_;
  ShardHeader header_;
  std::span<const std::uint64_t> offsets_;  // into file_, as are the tokens
  std::span<const std::uint16_t> tokens_;
};

}  // namespace trainer
