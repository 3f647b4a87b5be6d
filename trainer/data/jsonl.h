// One line of a .jsonl file: a JSON object (RFC 8259) whose string "text" is a document.
#pragma once
#include <string>
#include <string_view>

#include "trainer/core/result.h"

namespace trainer {

// The document. Strict about the whole line, whatever other names it has. Bytes above 0x7F in a
// string are taken as they are. Errors say what was found at which column, in bytes from 1.
Result<std::string> document_of_json_line(std::string_view line);

}  // namespace trainer
