#include "server/jobs/rules_folder.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "server/jobs/shipped_policy.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

Result<void> write_text(const fs::path& path, const std::string& text) {
  const fs::path aside = path.string() + ".new";
  std::ofstream(aside, std::ios::binary | std::ios::trunc) << text << std::flush;
  std::error_code error;
  if (fs::file_size(aside, error) != text.size() || error) {
    return fail(ErrorKind::kEngine, "could not write " + path.string());
  }
  fs::rename(aside, path, error);
  if (error)
    return fail(ErrorKind::kEngine, "could not write " + path.string() + ": " + error.message());
  return {};
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(ErrorKind::kEngine, "could not create " + folder.string() + ": " + error.message());
  return {};
}

}  // namespace

Result<std::vector<SourceText>> read_policy_files(const fs::path& folder) {
  std::error_code error;
  std::vector<SourceText> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".toml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file) return fail(ErrorKind::kEngine, "could not read " + entry.path().string());
    files.push_back({(folder.filename() / entry.path().filename()).string(), text.str()});
  }
  std::ranges::sort(files, {}, &SourceText::name);
  return files;
}

Result<void> RulesFolder::adopt_default() {
  CHECK_OK(make_folder(folder_));
  for (const SourceText& file : shipped_policy())
    CHECK_OK(write_text(folder_ / file.name, file.text));
  notices_.push_back("no policy was found: the shipped default was written to " + folder_.string() +
                     " and is in force; review it");
  return {};
}

Result<void> RulesFolder::load() {
  const std::scoped_lock lock(mutex_);
  notices_.clear();
  TRY(auto files, read_policy_files(folder_));
  if (files.empty()) {
    CHECK_OK(adopt_default());
    TRY(files, read_policy_files(folder_));
  }
  auto parsed = parse_rules(files);
  if (!parsed) return fall_back(parsed.error());
  rules_ = std::make_shared<const Rules>(*std::move(parsed));
  CHECK_OK(make_folder(last_good_));
  for (const auto& entry : fs::directory_iterator(last_good_)) fs::remove(entry.path());
  for (const SourceText& file : files) {
    CHECK_OK(write_text(last_good_ / fs::path(file.name).filename(), file.text));
  }
  return {};
}

Result<void> RulesFolder::fall_back(const Diagnostics& diagnostics) {
  const std::string text = format(diagnostics);
  if (!rules_) {
    TRY(auto files, read_policy_files(last_good_));
    auto parsed = parse_rules(files);
    if (files.empty() || !parsed) {
      return fail(ErrorKind::kInvalid,
                  "the policy does not parse and there is no earlier one:\n" + text,
                  "Mend the file; `pawl policy check` shows every mistake.");
    }
    rules_ = std::make_shared<const Rules>(*std::move(parsed));
  }
  notices_.push_back("the policy files do not parse; the last good policy stays in force:\n" +
                     text);
  return {};
}

std::shared_ptr<const Rules> RulesFolder::rules() const {
  const std::scoped_lock lock(mutex_);
  return rules_;
}

std::vector<std::string> RulesFolder::notices() const {
  const std::scoped_lock lock(mutex_);
  return notices_;
}

}  // namespace pawl
