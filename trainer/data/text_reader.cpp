#include "trainer/data/text_reader.h"

#include <algorithm>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "trainer/core/file.h"
#include "trainer/core/text.h"
#include "trainer/data/decompress.h"
#include "trainer/data/document_cutter.h"
#include "trainer/data/jsonl.h"
#include "trainer/data/unicode.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

enum class Format : std::uint8_t { kText, kJsonLines };

bool is_compressed(const fs::path& path) { return path.extension() == ".zst"; }

std::optional<Format> format_of(const fs::path& path) {
  const fs::path ending = is_compressed(path) ? path.stem().extension() : path.extension();
  if (ending == ".txt") return Format::kText;
  if (ending == ".jsonl") return Format::kJsonLines;
  return std::nullopt;
}

std::unexpected<Error> fail_in(const fs::path& path, const Error& error) {
  return fail(path.string() + ": " + error.message, error.hint);
}

// Files below `folder`, sorted, without hidden ones.
Result<PathList> list_folder(const fs::path& folder) {
  PathList files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (!entry->is_directory()) {
      files.push_back(entry->path());
    }
  }
  if (error) return fail("could not list " + folder.string() + ": " + error.message());
  if (files.empty()) return fail(folder.string() + " has no files");
  std::ranges::sort(files);
  return files;
}

Result<void> read_text(std::string_view text, const ReadOptions& options,
                       const DocumentSink& sink) {
  if (const std::size_t offset = text.find('\0'); offset != std::string_view::npos) {
    return fail(format("a NUL byte at offset %zu: this is no text", offset));
  }
  cut_documents(text, options.document_bytes, sink);
  return {};
}

Result<void> read_json_lines(const fs::path& path, std::string_view text,
                             const DocumentSink& sink) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const Result<std::string> document = document_of_json_line(text.substr(0, end));
    if (!document) {
      return fail(format("%s:%d: %s", path.c_str(), number, document.error().message.c_str()),
                  "Each line is one JSON object with a string \"text\".");
    }
    if (!document->empty()) sink(*document);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

Result<void> read_file(const fs::path& path, const ReadOptions& options, const DocumentSink& sink) {
  TRY(const MappedFile file, MappedFile::open(path));
  std::string plain;
  std::string_view text = file.text();
  if (is_compressed(path) && !text.empty()) {
    auto decompressed = decompress_zstd(text);
    if (!decompressed) return fail_in(path, decompressed.error());
    plain = *std::move(decompressed);
    text = plain;
  }
  if (text.empty()) return fail(path.string() + " is empty");
  if (format_of(path) == Format::kJsonLines) return read_json_lines(path, text, sink);
  if (auto read = read_text(text, options, sink); !read) return fail_in(path, read.error());
  return {};
}

}  // namespace

Result<PathList> list_corpus(std::span<const fs::path> paths) {
  if (paths.empty()) return fail("no text is named", "Name files or folders to read.");
  PathList files;
  for (const fs::path& path : paths) {
    std::error_code error;
    if (!fs::exists(path, error)) return fail(path.string() + " does not exist");
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    TRY(const PathList found, list_folder(path));
    files.insert(files.end(), found.begin(), found.end());
  }
  for (const fs::path& file : files) {
    if (format_of(file)) continue;
    return fail(file.string() + " has an ending that is not known here",
                "Text comes as .txt or .jsonl, or as .txt.zst or .jsonl.zst.");
  }
  return files;
}

Result<CorpusCounts> read_documents(std::span<const fs::path> files, const ReadOptions& options,
                                    const DocumentSink& sink) {
  if (options.document_bytes < kDocumentBytesMin) {
    return fail(format("documents of at most %lld bytes are too short",
                       static_cast<long long>(options.document_bytes)),
                format("Ask for at least %d.", static_cast<int>(kDocumentBytesMin)));
  }
  CorpusCounts counts;
  const DocumentSink counted = [&](std::string_view document) {
    ++counts.documents;
    counts.bytes += static_cast<std::int64_t>(document.size());
    counts.invalid_utf8_bytes += count_invalid_utf8(document);
    sink(document);
  };
  for (const fs::path& file : files) {
    const std::int64_t before = counts.documents;
    CHECK_OK(read_file(file, options, counted));
    if (counts.documents == before) return fail(file.string() + " has no documents");
    ++counts.files;
  }
  return counts;
}

}  // namespace trainer
