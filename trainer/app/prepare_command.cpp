#include <cstdio>

#include "trainer/app/command_line.h"
#include "trainer/core/digest.h"
#include "trainer/core/text.h"
#include "trainer/data/prepare.h"

namespace trainer {
namespace {

struct Options {
  std::vector<std::string> train, val;
  std::string out, tokenizer;
  std::int64_t vocabulary = 4096;
  std::int64_t document_bytes = 2048;
};

Knobs knobs(Options& options) {
  return {
      {"train", &options.train, {}, "files or folders: .txt, .jsonl, also with .zst"},
      {"val", &options.val, {}, "files or folders that judge the model; none of train's"},
      {"out", &options.out, {}, "folder to write"},
      {"vocabulary",
       &options.vocabulary,
       {260, 65'536},
       "tokens: 256 bytes, four special ones, the rest merged"},
      {"document_bytes",
       &options.document_bytes,
       {16, 1e9},
       "a text is cut into documents of at most"},
      {"tokenizer", &options.tokenizer, {}, "a .tiktoken file to use; if empty, one is trained"},
  };
}

std::string split_text(const char* name, const SplitReport& split, double seconds) {
  std::string text =
      format("%-6s %s bytes in %s documents, %s tokens (%.2f bytes each), %.2f s\n", name,
             grouped(split.text.bytes).c_str(), grouped(split.text.documents).c_str(),
             grouped(split.tokens).c_str(), split.bytes_per_token(), seconds);
  if (split.text.invalid_utf8_bytes > 0) {
    text += format("       warning: %s bytes are not valid UTF-8; they are kept as they are\n",
                   grouped(split.text.invalid_utf8_bytes).c_str());
  }
  return text;
}

}  // namespace

Result<int> prepare_command(Arguments arguments) {
  Options options;
  TRY(const bool wants_run,
      read_arguments(knobs(options), arguments,
                     "prepare --train PATH[,PATH] --val PATH[,PATH] --out FOLDER"));
  if (!wants_run) return 0;
  if (options.train.empty() || options.val.empty() || options.out.empty()) {
    return fail("prepare needs --train, --val and --out",
                "Example: pawl-train prepare --train books/train --val books/val --out data");
  }
  TRY(const PrepareReport report, prepare({.train = {options.train.begin(), options.train.end()},
                                           .validation = {options.val.begin(), options.val.end()},
                                           .folder = options.out,
                                           .vocabulary_size = static_cast<int>(options.vocabulary),
                                           .tokenizer = options.tokenizer,
                                           .document_bytes = options.document_bytes}));
  std::printf("tokens %d, tokenizer %s, %.2f s\n%s%s%s is ready\n", report.vocabulary_size,
              hex(report.tokenizer_digest).c_str(), report.tokenizer_seconds,
              split_text("train", report.train, report.train_seconds).c_str(),
              split_text("val", report.validation, report.validation_seconds).c_str(),
              options.out.c_str());
  return 0;
}

}  // namespace trainer
