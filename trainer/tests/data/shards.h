// Shards of made-up documents.
#pragma once
#include <cstdint>
#include <filesystem>
#include <vector>

#include "trainer/data/shard.h"
#include "trainer/tests/data/scratch.h"
#include "trainer/tests/data/vocabularies.h"

namespace trainer {

using Documents = std::vector<std::vector<std::uint16_t>>;

inline std::filesystem::path write_shard(const std::filesystem::path& path,
                                         const Documents& documents) {
  ShardBuilder builder;
  for (const auto& document : documents) {
    builder.add(document, static_cast<std::int64_t>(document.size()));
  }
  must(builder.write(path, vocabulary_with({"th", "he"})));  // BOS is 258
  return path;
}

// Documents of these sizes whose tokens are 0, 1, 2 and so on, no two the same.
inline Documents numbered_documents(const std::vector<std::size_t>& sizes) {
  Documents documents;
  std::uint16_t next = 0;
  for (const std::size_t size : sizes) {
    auto& document = documents.emplace_back();
    while (document.size() < size) document.push_back(next++);
  }
  return documents;
}

}  // namespace trainer
