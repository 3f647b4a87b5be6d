#include "server/setup/project_draft.h"

#include <algorithm>
#include <cctype>

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNameMax = 64;

// Of those, the files that are there.
std::vector<std::string> present(const fs::path& root, std::vector<std::string> names) {
  std::erase_if(names, [&](const std::string& name) {
    std::error_code error;
    return !fs::exists(root / name, error);
  });
  return names;
}

bool has_all(const fs::path& root, const std::vector<std::string>& names) {
  return present(root, names).size() == names.size();
}

Environment uv_environment() {
  return {.build = {"uv", "sync", "--frozen"}, .key = {"uv.lock"}, .path = {".venv"}, .caches = {}};
}

bool is_autoresearch(const fs::path& root) {
  return has_all(root, {"prepare.py", "train.py"}) &&
         (has_all(root, {"program.md"}) || has_all(root, {"pyproject.toml", "uv.lock"}));
}

ProjectDraft autoresearch(const fs::path& root) {
  ProjectDraft draft{
      .what = "a checkout of autoresearch", .file = {}, .minutes = 10, .fixed_time = true};
  ProjectFile& file = draft.file;
  file.goal = {.metric = "val_bpb", .direction = Direction::kMin, .decimals = 6};
  file.command = {".venv/bin/python", "train.py"};
  file.frozen = present(root, {"prepare.py", "pyproject.toml", "uv.lock"});
  file.environment = uv_environment();
  file.environment.caches = {{"TORCHINDUCTOR_CACHE_DIR", "torch_inductor"},
                             {"TRITON_CACHE_DIR", "triton"}};
  file.volumes = {
      {.name = "autoresearch", .source = "~/.cache/autoresearch", .path = ".cache/autoresearch"}};
  return draft;
}

ProjectDraft other(const fs::path& root) {
  ProjectDraft draft{.what = "a project of its own kind", .file = {}};
  ProjectFile& file = draft.file;
  const bool uv = has_all(root, {"pyproject.toml", "uv.lock"});
  if (uv) file.environment = uv_environment();
  if (has_all(root, {"train.py"})) {
    draft.what = "a project with a train.py";
    file.command = {uv ? ".venv/bin/python" : "python3", "train.py", "{params}"};
  } else if (has_all(root, {"Makefile"})) {
    draft.what = "a project with a Makefile";
    file.build = {"make"};
  }
  file.frozen = present(root, {"prepare.py", "eval.py", "evaluate.py", "pyproject.toml", "uv.lock",
                               "requirements.txt"});
  return draft;
}

}  // namespace

ProjectDraft recognise_project(const fs::path& root) {
  ProjectDraft draft = is_autoresearch(root) ? autoresearch(root) : other(root);
  draft.file.name = project_name_of(root.filename().string());
  draft.file.frozen.emplace_back("pawl.toml");
  return draft;
}

std::string project_name_of(const std::string& folder) {
  std::string name;
  for (const char c : folder.substr(0, kNameMax)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool kept = std::isalnum(byte) != 0 || (!name.empty() && (c == '.' || c == '_'));
    if (kept) {
      name += static_cast<char>(std::tolower(byte));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "project" : name;
}

Result<std::vector<std::string>> words_of(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (const char c : command) {
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      begun = true;
    } else if (c == quote) {
      quote = 0;
    } else if (quote == 0 && c == ' ') {
      if (begun) words.push_back(std::exchange(word, {}));
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  if (quote != 0)
    return fail(ErrorKind::kInvalid, std::string("a ") + quote + " is not closed in " + command);
  if (begun) words.push_back(word);
  return words;
}

}  // namespace pawl
