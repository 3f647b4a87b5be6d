#include "server/jobs/content.h"

#include "server/core/digest.h"

namespace pawl {
namespace {

// Every part is written with its length in front, so that no two lists of parts give the same text.
class Parts {
 public:
  Parts& add(const std::string& part) {
    text_ += std::to_string(part.size()) + ":" + part + ",";
    return *this;
  }
  Parts& add(std::int64_t number) { return add(std::to_string(number)); }
  std::string hash() const { return sha256_hex(text_); }

 private:
  std::string text_;
};

void add_variant(Parts& parts, const Variant& variant) {
  parts.add(variant.title).add(to_text(variant.params)).add(variant.patch);
  for (const Edit& edit : variant.edits) parts.add(edit.path).add(edit.old_text).add(edit.new_text);
}

}  // namespace

std::string content_hash(const Content& content) {
  return Parts()
      .add(content.tree)
      .add(content.params)
      .add(content.stage)
      .add(content.gpus)
      .add(content.seed)
      .hash();
}

std::string request_hash(const SubmitRequest& request) {
  Parts parts;
  parts.add("submit")
      .add(request.from)
      .add(request.stage)
      .add(request.gpus.value_or(-1))
      .add(request.repeat);
  parts.add(request.minutes_max.value_or(-1)).add(request.rerun ? 1 : 0);
  for (const std::string& tag : request.tags) parts.add(tag);
  add_variant(parts, request.variant);
  return parts.hash();
}

std::string request_hash(const SweepRequest& request) {
  Parts parts;
  parts.add("sweep")
      .add(request.title)
      .add(request.base)
      .add(request.stage)
      .add(request.limit.value_or(-1));
  parts.add(request.rerun ? 1 : 0);
  for (const Variant& variant : request.variants) add_variant(parts, variant);
  for (const GridAxis& axis : request.grid) {
    parts.add(axis.name).add(static_cast<std::int64_t>(axis.values.size()));
    for (const ParamValue& value : axis.values) parts.add(format(value));
  }
  if (!request.grid.empty()) {
    parts.add(static_cast<std::int64_t>(request.design)).add(request.center ? 1 : 0);
  }
  return parts.hash();
}

}  // namespace pawl
