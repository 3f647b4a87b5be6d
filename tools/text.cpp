#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/records/sanitize.h"
#include "tools/reply.h"

namespace pawl {
namespace {

std::string text_of(const Cell& cell) {
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* fixed = std::get_if<Fixed>(&cell); fixed && std::isfinite(fixed->value)) {
    return fmt::format("{:.{}f}", rounded(*fixed), fixed->decimals);
  }
  return "-";
}

bool is_number(const Cell& cell) {
  return std::holds_alternative<std::int64_t>(cell) || std::holds_alternative<Fixed>(cell);
}

std::size_t width_of(std::string_view text) {  // in code points: near enough for names and titles
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

struct Column {
  std::size_t width = 0;
  bool right = false;  // numbers to the right, the rest to the left
};

std::string text_of(const Table& table) {
  std::vector<std::vector<std::string>> lines = {table.columns};
  std::vector<Column> columns(table.columns.size());
  for (const auto& row : table.rows) {
    auto& line = lines.emplace_back();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      line.push_back(clean_line(text_of(row[i])));
      columns[i].right = columns[i].right || is_number(row[i]);
    }
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      columns[i].width = std::max(columns[i].width, width_of(line[i]));
    }
  }
  std::string text;
  for (const auto& line : lines) {
    std::string shown;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string padding(columns[i].width - width_of(line[i]), ' ');
      if (i > 0) shown += "  ";
      shown += columns[i].right ? padding + line[i] : line[i] + padding;
    }
    text += shown.substr(0, shown.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string text_of(const Item& item) {
  if (const auto* cell = std::get_if<Cell>(&item.value)) {
    const std::string text = text_of(*cell);
    const char* const gap = text.find('\n') == std::string::npos ? ": " : ":\n";
    return item.name + gap + text + "\n";
  }
  if (const auto* lines = std::get_if<Lines>(&item.value)) {
    std::string text = lines->empty() ? "" : item.name + ":\n";
    for (const std::string& line : *lines) text += "  " + line + "\n";
    return text;
  }
  const Table& table = std::get<Table>(item.value);
  if (table.rows.empty()) return {};
  return (item.name.empty() ? "" : item.name + ":\n") + text_of(table);
}

}  // namespace

std::string text_of(const Reply& reply) {
  std::string text = reply.summary + "\n";
  if (!reply.status.empty()) text += "status: " + reply.status + "\n";
  for (const Item& item : reply.data) text += text_of(item);
  for (const std::string& line : reply.missing) text += "missing: " + line + "\n";
  for (const std::string& call : reply.next) text += "next: " + call + "\n";
  if (!reply.budget.empty()) text += "budget: " + reply.budget + "\n";
  text.pop_back();
  return text;
}

}  // namespace pawl
