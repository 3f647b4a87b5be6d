#include "keeper/spec.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace pawl::keeper {
namespace {

constexpr Milliseconds kTimeMax = std::chrono::years(1);  // so that sums of times never overflow

std::unexpected<Error> bad(std::string_view key, std::string_view problem) {
  return fail(ErrorKind::kInvalid, "spec: " + std::string(key) + " " + std::string(problem));
}

Result<std::string> unescape(std::string_view key, std::string_view value) {
  std::string plain;
  plain.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '%') {
      plain += value[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = value.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2 || byte == 0) {
      return bad(key, "has a broken % escape");
    }
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

std::vector<std::string>* list_named(Spec& spec, std::string_view key) {
  if (key == "build") return &spec.build;
  if (key == "command") return &spec.command;
  if (key == "env") return &spec.env;
  if (key == "box") return &spec.box;
  return nullptr;
}

std::string* text_named(Spec& spec, std::string_view key) {
  if (key == "token") return &spec.token;
  if (key == "workdir") return &spec.workdir;
  return nullptr;
}

// Takes the value of a numeric key; false where there is no such key.
bool set_number(Spec& spec, std::string_view key, std::int64_t n) {
  if (key == "limit_ms") {
    spec.limit = std::min(Milliseconds(n), kTimeMax);
  } else if (key == "limit_max_ms") {
    spec.limit_max = std::min(Milliseconds(n), kTimeMax);
  } else if (key == "serves") {
    spec.serves = n > 0;
  } else if (key == "grace_ms") {
    spec.grace = std::min(Milliseconds(n), kTimeMax);
  } else if (key == "log_bytes_max") {
    spec.log_bytes_max = n;
  } else if (key == "fsize_max") {
    spec.fsize_max = n;
  } else {
    return false;
  }
  return true;
}

Result<void> read_number(Spec& spec, std::string_view key, std::string_view value) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), n);
  if (!set_number(spec, key, n)) return bad(key, "is not a key that this keeper knows");
  if (error == std::errc() && end == value.data() + value.size() && n >= 0) return {};
  return bad(key, "is not a whole number of at least 0");
}

Result<void> read_line(Spec& spec, std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad(line, "has no value");
  const std::string_view key = line.substr(0, space);
  const std::string_view value = line.substr(space + 1);
  std::vector<std::string>* list = list_named(spec, key);
  std::string* text = text_named(spec, key);
  if (list == nullptr && text == nullptr) return read_number(spec, key, value);
  TRY(std::string plain, unescape(key, value));
  if (list != nullptr) {
    list->push_back(std::move(plain));
  } else {
    *text = std::move(plain);
  }
  return {};
}

}  // namespace

Result<Spec> parse_spec(std::string_view text) {
  Spec spec;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos)
      return fail(ErrorKind::kInvalid, "spec: the last line is cut off");
    CHECK_OK(read_line(spec, text.substr(0, end)));
    text.remove_prefix(end + 1);
  }
  if (spec.token.empty()) return bad("token", "is missing");
  if (spec.command.empty() != spec.serves)
    return bad("command", spec.serves ? "is there, and so is serves" : "is missing");
  if (spec.limit == Milliseconds(0)) return bad("limit_ms", "is missing");
  if (!spec.boxed() && spec.workdir.empty())
    return bad("workdir", "is missing, and there is no box");
  return spec;
}

}  // namespace pawl::keeper
