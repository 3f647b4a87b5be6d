// Where one attempt's files lie. Names only; create_attempt_folder() makes the folders.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

struct AttemptFolder {
  std::filesystem::path root;  // STATE/attempts/PROJECT/042-1

  std::filesystem::path keeper() const { return root / "keeper"; }  // 0700, never in the box
  std::filesystem::path record() const { return root / "record"; }  // 0700, never in the box
  std::filesystem::path work() const { return root / "work"; }  // the checkout; Repository makes it
  std::filesystem::path run() const { return root / "run"; }    // PAWL_RUN_DIR
  std::filesystem::path artifacts() const { return run() / "artifacts"; }
};

// Makes root, keeper/, record/, run/ and run/artifacts/. CONFLICT when root exists: an attempt is
// prepared once.
Result<AttemptFolder> create_attempt_folder(const std::filesystem::path& root);

// The file names below run/artifacts, relative to it, sorted, links and devices left out; at most
// `count_max`.
Result<std::vector<std::string>> list_artifacts(const AttemptFolder& folder,
                                                std::size_t count_max = 1000);

}  // namespace pawl
