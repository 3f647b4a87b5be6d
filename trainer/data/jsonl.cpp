#include "trainer/data/jsonl.h"

#include <optional>
#include <utility>

#include "trainer/data/json_scanner.h"

namespace trainer {

Result<std::string> document_of_json_line(std::string_view line) {
  JsonScanner json(line);
  if (!json.take('{')) return json.fail_here("'{' was expected");
  std::optional<std::string> document;
  bool is_open = !json.take('}');
  while (is_open) {
    TRY(const std::string name, json.string());
    if (!json.take(':')) return json.fail_here("':' was expected");
    if (name != "text") {
      CHECK_OK(json.skip_value());
    } else if (document) {
      return json.fail_here("a second \"text\"");
    } else {
      TRY(document, json.string());
    }
    is_open = json.take(',');
    if (!is_open && !json.take('}')) return json.fail_here("',' or '}' was expected");
  }
  if (!json.at_end()) return json.fail_here("something after the object");
  if (!document) return fail("the object has no string \"text\"");
  return *std::move(document);
}

}  // namespace trainer
