#include "server/policy/project_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

namespace pawl {
namespace {

const std::array<CompileCache, 4> kKnownCaches = {{
    {"TORCHINDUCTOR_CACHE_DIR", "torch_inductor"},
    {"TRITON_CACHE_DIR", "triton"},
    {"CUDA_CACHE_PATH", "cuda"},
    {"CCACHE_DIR", "ccache"},
}};

// What a job is told by pawl itself, or what would change which programs it runs.
constexpr std::array<std::string_view, 6> kTakenVariables = {
    "PATH", "HOME", "LANG", "TMPDIR", "CUDA_VISIBLE_DEVICES", "LD_PRELOAD"};

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kInvalid, std::move(message), std::move(hint));
}

Result<std::string> read_source(const TomlNode& node) {
  TRY(const std::string text, read_line(node));
  if ((text.starts_with('/') || text.starts_with("~/")) && !has_parent_step(text)) return text;
  return wrong(fmt::format("\"{}\" is neither absolute nor below ~/, or has a \"..\"", text),
               "Write a folder of this machine, such as \"/data/corpus\" or \"~/.cache/corpus\".");
}

Result<std::string> read_volume_path(const TomlNode& node) {
  TRY(std::string text, read_line(node));
  if (text.starts_with("~/")) text.erase(0, 2);
  const bool plain = text == std::filesystem::path(text).lexically_normal().string();
  if (!text.empty() && text != "." && text != "/" && plain && !has_parent_step(text)) return text;
  return wrong(fmt::format("\"{}\" is not a path without \".\" and \"..\"", node.text),
               "Write an absolute path, or one inside the checkout such as \"data\" or "
               "\"~/.cache/corpus\".");
}

Result<std::string> read_plain_path(const TomlNode& node) {
  TRY(std::string text, read_line(node));
  if (text.ends_with('/')) text.pop_back();
  const bool plain = text == std::filesystem::path(text).lexically_normal().string();
  if (!text.empty() && !text.starts_with('/') && text != "." && plain && !has_parent_step(text) &&
      !text.ends_with('/'))
    return text;
  return wrong(fmt::format("\"{}\" is not a path inside the checkout", node.text),
               "Write a path relative to the repository's top, without \".\" and \"..\".");
}

bool is_variable(std::string_view name) {
  const auto fits = [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) ||
           std::isdigit(static_cast<unsigned char>(c)) || c == '_';
  };
  return !name.empty() && name.size() <= 64 && !std::isdigit(static_cast<unsigned char>(name[0])) &&
         std::ranges::all_of(name, fits) && !name.starts_with("PAWL_") &&
         std::ranges::find(kTakenVariables, name) == kTakenVariables.end();
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const CompileCache& cache : kKnownCaches) names.push_back(cache.folder);
  return names;
}

Result<CompileCache> read_cache(const TomlNode& node) {
  TRY(const std::string text, read_line(node));
  const auto known = std::ranges::find(kKnownCaches, text, &CompileCache::folder);
  if (known != kKnownCaches.end()) return *known;
  const std::size_t sign = text.find('=');
  if (sign == std::string::npos) {
    const std::string nearest = hint_for(text, known_names());
    return wrong(fmt::format("\"{}\" is not a known cache", text.substr(0, 64)),
                 nearest.empty() ? "Write VARIABLE=folder, such as "
                                   "\"JAX_COMPILATION_CACHE_DIR=jax\"."
                                 : nearest);
  }
  CompileCache cache{text.substr(0, sign), text.substr(sign + 1)};
  if (!is_variable(cache.variable)) {
    return wrong(fmt::format("\"{}\" cannot be the variable of a cache", cache.variable),
                 "Write capital letters, digits and '_'; PATH, HOME, PAWL_... are pawl's own.");
  }
  if (!is_name(cache.folder)) {
    return wrong(fmt::format("\"{}\" is not the name of a folder", cache.folder),
                 "Write lower-case letters, digits, '.', '_' and '-'; pawl decides where it lies.");
  }
  return cache;
}

Result<std::vector<std::string>> read_plain_paths(const TomlNode& node) {
  TRY(std::vector<std::string> paths, read_list(node, read_plain_path));
  if (paths.empty()) return wrong("the list is empty");
  return paths;
}

Result<std::vector<CompileCache>> read_caches(const TomlNode& node) {
  TRY(std::vector<CompileCache> caches, read_list(node, read_cache));
  for (auto cache = caches.begin(); cache != caches.end(); ++cache) {
    const auto same = [&](const CompileCache& other) {
      return other.folder == cache->folder || other.variable == cache->variable;
    };
    if (std::find_if(caches.begin(), cache, same) != cache)
      return wrong(fmt::format("\"{}\" stands twice", cache->folder));
  }
  return caches;
}

}  // namespace

Codec<std::string> volume_source() { return {"an absolute path, or one below ~/", read_source}; }
Codec<std::string> volume_path() { return {"an absolute or relative path", read_volume_path}; }
Codec<std::vector<std::string>> plain_paths() { return {"relative paths", read_plain_paths}; }
Codec<std::vector<CompileCache>> compile_caches() {
  return {"names, or VARIABLE=folder", read_caches};
}

}  // namespace pawl
