#include "tools/json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

namespace pawl {
namespace {

constexpr std::size_t kKeysMax = 1'000;  // ordered objects are searched from the front

// A scan without a stack: brackets inside strings do not count. Malformed text is the parser's.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// Builds the value from the parser's events. The names are the library's SAX interface.
class Builder {
 public:
  Json take() { return std::move(root_); }
  const std::string& problem() const { return problem_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(Json::number_float_t value, const std::string& text) {
    if (!std::isfinite(value)) return refuse("number " + text.substr(0, 40) + " does not fit");
    return add(value);
  }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return refuse("binary data"); }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (open_.back()->size() == kKeysMax) return refuse("an object has more than 1000 keys");
    if (open_.back()->contains(name)) {
      return refuse("key \"" + name.substr(0, 80) + "\" stands twice in one object");
    }
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception& error) {
    if (error.id == 406) return refuse("a number does not fit");  // out_of_range: overflow
    return refuse("not JSON at byte " + std::to_string(position));
  }

 private:
  bool refuse(std::string why) {
    problem_ = std::move(why);
    return false;
  }
  Json* place(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[key_] = std::move(value));
  }
  bool add(Json value) { return place(std::move(value)) != nullptr; }
  bool open(Json value) {
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;  // from the root to the innermost; growing a parent moves no open child
  std::string key_, problem_;
};

std::shared_ptr<const Json> unpack(const Json& json, Json::value_t type) {
  if (!json.is_string()) return nullptr;
  auto parsed = parse_json(json.get_ref<const std::string&>());
  if (!parsed || parsed->type() != type) return nullptr;
  return std::make_shared<const Json>(*std::move(parsed));
}

}  // namespace

std::shared_ptr<const Json> unpack_array(const Json& json) {
  return unpack(json, Json::value_t::array);
}

std::shared_ptr<const Json> unpack_object(const Json& json) {
  return unpack(json, Json::value_t::object);
}

Result<Json> parse_json(std::string_view text) {
  if (too_deep(text)) {
    return fail(ErrorKind::kInvalid,
                "JSON is nested deeper than " + std::to_string(kJsonDepthMax) + " levels");
  }
  Builder builder;
  try {
    if (!Json::sax_parse(text, &builder)) return fail(ErrorKind::kInvalid, builder.problem());
  } catch (const std::exception& error) {
    return fail(ErrorKind::kInvalid, std::string("not JSON: ") + error.what());
  }
  return builder.take();
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string describe(const Json& json) {
  constexpr std::size_t kShownMax = 60;
  if (json.is_null()) return "null";
  std::string text = to_text(json);
  if (text.size() > kShownMax) text = text.substr(0, kShownMax) + "...";
  return std::string(json.type_name()) + " " + text;
}

}  // namespace pawl
