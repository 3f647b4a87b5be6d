#include "server/jobs/policy_layers.h"

#include <fmt/format.h>

#include <sstream>

#include "server/core/digest.h"
#include "server/policy/reconcile.h"

namespace pawl {
namespace {

std::optional<SourceText> read_file(std::istream& in) {
  std::string word, name;
  std::size_t bytes = 0;
  if (!(in >> word >> bytes) || word != "file" || in.get() != ' ' || !std::getline(in, name))
    return std::nullopt;
  std::string text(bytes, '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(bytes)) || in.get() != '\n')
    return std::nullopt;
  return SourceText{name, text};
}

}  // namespace

std::string text_of_layers(const std::vector<std::vector<SourceText>>& layers) {
  std::string text;
  for (const auto& files : layers) {
    text += fmt::format("layer {}\n", files.size());
    for (const SourceText& file : files)
      text += fmt::format("file {} {}\n{}\n", file.text.size(), file.name, file.text);
  }
  return sha256_hex(text) + "\n" + text;
}

std::optional<std::vector<std::vector<SourceText>>> layers_in(const std::string& text) {
  const std::size_t line = text.find('\n');
  if (line == std::string::npos || sha256_hex(text.substr(line + 1)) != text.substr(0, line))
    return std::nullopt;
  std::istringstream in(text.substr(line + 1));
  std::vector<std::vector<SourceText>> layers;
  std::string word;
  for (std::size_t files = 0; in >> word >> files;) {
    if (word != "layer") return std::nullopt;
    layers.emplace_back();
    for (; files > 0; --files) {
      auto file = read_file(in);
      if (!file) return std::nullopt;
      layers.back().push_back(*std::move(file));
    }
  }
  return layers;
}

std::optional<Rules> rules_of_layers(const std::vector<std::vector<SourceText>>& layers) {
  std::optional<Rules> rules;
  for (const auto& files : layers) {
    auto parsed = parse_rules(files);
    if (!parsed) return std::nullopt;
    rules = rules ? reconcile(*rules, *parsed).rules : *std::move(parsed);
  }
  return rules;
}

}  // namespace pawl
