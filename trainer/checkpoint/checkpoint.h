// A checkpoint: all that a run needs to go on as if it had not stopped.
//
// The file. Numbers are little-endian and have 64 bits; a text is its length and its bytes.
//
//   offset 0   magic, the 8 bytes "PAWLCKPT"
//          8   format version, 1
//         16   bytes of the header that follows
//         24   XXH64 of that header
//         32   header:  digest of the tokenizer
//                       digest of the model's shape
//                       config, a text: the whole config file of the run
//                       state, a text: its counters (state_text.h)
//                       number of blobs
//                       for each: name (a text), bytes, XXH64 of the bytes
//              zeros up to a multiple of 64, the first blob's bytes,
//              zeros up to a multiple of 64, the second blob's bytes, ... and nothing after the
//              last
//
// Every byte is covered: the header by its digest, a blob by its own, the rest by having one
// possible value. So whatever is damaged is refused, by name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/core/file.h"
#include "trainer/core/result.h"

namespace trainer {

// What a checkpoint fits: digests of what its weights were trained with.
struct Identity {
  std::uint64_t tokenizer = 0;
  std::uint64_t model = 0;
  bool operator==(const Identity&) const = default;
};

struct Blob {
  std::string name;  // of the tensor; unique
  std::span<const std::byte> bytes;
};

struct CheckpointContents {
  Identity identity;
  std::string config;
  std::string state;
  std::vector<Blob> blobs;
};

// Leaves what `path` held until the new file is on the disk.
Result<void> write_checkpoint(const std::filesystem::path& path,
                              const CheckpointContents& contents);

// A checkpoint on disk, mapped. The spans that it gives live as long as it does.
class Checkpoint {
 public:
  // Checks everything but the blobs.
  static Result<Checkpoint> open(const std::filesystem::path& path);

  const Identity& identity() const { return identity_; }
  const std::string& config() const { return config_; }
  const std::string& state() const { return state_; }

  // An error that says which of the two digests differs.
  Result<void> fits(const Identity& wanted) const;

  // The bytes, aligned to 64, once their number and their digest are right.
  Result<std::span<const std::byte>> blob(std::string_view name, std::size_t expected_bytes) const;

  // Checks every blob.
  Result<void> verify() const;

 private:
  struct Entry {
    std::string name;
    std::size_t offset = 0;  // behind the zeros
    std::size_t size = 0;
    std::uint64_t digest = 0;
  };

  Checkpoint(std::string path, MappedFile file) : path_(std::move(path)), file_(std::move(file)) {}
  Result<std::span<const std::byte>> header() const;  // once its digest is right
  Result<void> read_header(std::span<const std::byte> header);
  Result<void> place_blobs(std::size_t offset);  // from here on they follow one another
  Result<void> check(const Entry& entry) const;
  std::unexpected<Error> damaged(const std::string& part) const;

  std::string path_;  // for messages
  MappedFile file_;
  Identity identity_;
  std::string config_;
  std::string state_;
  std::vector<Entry> entries_;
};

}  // namespace trainer
