#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/json.h"
#include "tools/reply.h"

namespace pawl {
namespace {

Json json_of(const Cell& cell) {
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return *integer;
  if (const auto* fixed = std::get_if<Fixed>(&cell); fixed && std::isfinite(fixed->value)) {
    return rounded(*fixed);
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

void put(const Table& table, Json& object) {
  object["columns"] = table.columns;
  Json& rows = object["rows"] = Json::array();
  for (const auto& cells : table.rows) {
    Json& row = rows.emplace_back(Json::array());
    for (const Cell& cell : cells) row.push_back(json_of(cell));
  }
}

std::string structured_of(const Reply& reply) {
  if (reply.text_only) return {};
  Json object = {{"summary", reply.summary}};
  if (!reply.status.empty()) object["status"] = reply.status;
  for (const Item& item : reply.data) {
    if (const auto* table = std::get_if<Table>(&item.value)) {
      put(*table, item.name.empty() ? object : object[item.name]);
    } else if (const auto* lines = std::get_if<Lines>(&item.value)) {
      object[item.name] = *lines;
    } else {
      object[item.name] = json_of(std::get<Cell>(item.value));
    }
  }
  if (!reply.missing.empty()) object["missing"] = reply.missing;
  object["next"] = reply.next;
  if (!reply.budget.empty()) object["budget"] = reply.budget;
  return to_text(object);
}

std::size_t size_of(const Item& item) {
  if (const auto* table = std::get_if<Table>(&item.value)) return table->rows.size();
  if (const auto* lines = std::get_if<Lines>(&item.value)) return lines->size();
  return 0;
}

void cut(Item& item, std::size_t size) {
  if (auto* table = std::get_if<Table>(&item.value)) table->rows.resize(size);
  if (auto* lines = std::get_if<Lines>(&item.value)) lines->resize(size);
}

Lines what_is_missing(const Reply& whole, const Reply& shown) {
  Lines missing = whole.missing;
  for (std::size_t i = 0; i < whole.data.size(); ++i) {
    const Item& item = whole.data[i];
    const std::size_t dropped = size_of(item) - size_of(shown.data[i]);
    if (dropped == 0) continue;
    const std::string name = item.name.empty() ? "rows" : item.name;
    missing.push_back(std::to_string(dropped) + " of " + std::to_string(size_of(item)) + " " +
                      name + (item.more.empty() ? "" : "; " + item.more + " gets them"));
  }
  return missing;
}

// The longest table or list gives first. A reply that has none is left as it is: whoever makes it
// bounds its texts.
Rendered fit(const Reply& whole) {
  Reply shown = whole;
  for (;;) {
    Rendered rendered{.text = text_of(shown), .structured = structured_of(shown)};
    const auto longest = std::ranges::max_element(shown.data, {}, size_of);
    const bool fits = count_tokens(rendered.text) <= whole.tokens_max &&
                      count_tokens(rendered.structured) <= whole.tokens_max;
    if (fits || longest == shown.data.end() || size_of(*longest) == 0) return rendered;
    cut(*longest, size_of(*longest) - 1 - size_of(*longest) / 10);
    shown.missing = what_is_missing(whole, shown);
  }
}

}  // namespace

Rendered render(Reply reply) {
  if (reply.next.size() > 3) reply.next.resize(3);
  return fit(reply);
}

}  // namespace pawl
