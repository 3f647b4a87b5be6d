// Corpora as documents. What a file holds is told by its ending:
//
//   .txt    one text, cut into documents (document_cutter.h); no NUL bytes, else any bytes
//   .jsonl  one JSON object a line, whose string "text" is one document; not cut
//
// both also with .zst behind it. An empty "text" is no document.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "trainer/core/result.h"

namespace trainer {

using PathList = std::vector<std::filesystem::path>;

// The files to read: each path itself, or if it is a folder all files in it and its subfolders,
// sorted, except those whose names begin with a dot. Errors: no path, a path that does not exist, a
// folder without files, an unknown ending.
Result<PathList> list_corpus(std::span<const std::filesystem::path> paths);

struct CorpusCounts {
  std::int64_t files = 0;
  std::int64_t documents = 0;
  std::int64_t bytes = 0;               // of all documents
  std::int64_t invalid_utf8_bytes = 0;  // kept as they are, but worth a warning
};

struct ReadOptions {
  std::int64_t document_bytes = 2048;  // of a .txt, at most
};

using DocumentSink = std::function<void(std::string_view)>;

// Gives each document of `files` to `sink`. Errors name the file, and the line or the offset: an
// empty file, a file without documents, a NUL byte, a line that is no such JSON, damaged zstd.
Result<CorpusCounts> read_documents(std::span<const std::filesystem::path> files,
                                    const ReadOptions& options, const DocumentSink& sink);

}  // namespace trainer
