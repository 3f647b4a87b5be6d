#include "trainer/app/golf_artifact.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "trainer/core/digest.h"
#include "trainer/core/text.h"
#include "trainer/data/decompress.h"

#ifdef TRAINER_HAS_ZSTD
#include <zstd.h>
#endif

namespace trainer {
namespace {

constexpr std::string_view kMagic = "PAWLGOLF";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 24;
constexpr float kLevels = 127;

template <class T>
void append(std::string& text, const T& value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Takes what append() put there; false when it is not all there.
template <class T>
bool take(std::string_view& text, T& value) {
  if (text.size() < sizeof value) return false;
  std::memcpy(&value, text.data(), sizeof value);
  text.remove_prefix(sizeof value);
  return true;
}

// One row: number = scale * level, scale = largest / 127.
float scale_of(const float* row, std::int64_t n) {
  float largest = 0;
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(row[i]));
  return largest / kLevels;
}

void append_tensor(std::string& text, const ParameterSpec& spec, const float* values) {
  if (spec.rows == 1) {
    text.append(reinterpret_cast<const char*>(values),
                static_cast<std::size_t>(spec.size()) * sizeof(float));
    return;
  }
  for (std::int64_t row = 0; row < spec.rows; ++row) {
    append(text, scale_of(values + row * spec.columns, spec.columns));
  }
  for (std::int64_t row = 0; row < spec.rows; ++row) {
    const float* const numbers = values + row * spec.columns;
    const float scale = scale_of(numbers, spec.columns);
    for (std::int64_t i = 0; i < spec.columns; ++i) {
      const float level = scale > 0 ? std::round(numbers[i] / scale) : 0;
      append(text, static_cast<std::int8_t>(std::clamp(level, -kLevels, kLevels)));
    }
  }
}

bool take_tensor(std::string_view& text, const ParameterSpec& spec, float* values) {
  bool is_there = true;
  if (spec.rows == 1) {
    for (std::int64_t i = 0; i < spec.size(); ++i) is_there = is_there && take(text, values[i]);
    return is_there;
  }
  std::vector<float> scales(static_cast<std::size_t>(spec.rows));
  for (float& scale : scales) is_there = is_there && take(text, scale);
  for (std::int64_t i = 0; i < spec.size(); ++i) {
    std::int8_t level = 0;
    is_there = is_there && take(text, level);
    values[i] = scales[static_cast<std::size_t>(i / spec.columns)] * static_cast<float>(level);
  }
  return is_there;
}

#ifdef TRAINER_HAS_ZSTD
Result<std::string> compress(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t bytes =
      ZSTD_compress(out.data(), out.size(), text.data(), text.size(), ZSTD_maxCLevel());
  if (ZSTD_isError(bytes) != 0) return fail(std::string("zstd: ") + ZSTD_getErrorName(bytes));
  out.resize(bytes);
  return out;
}
#else
Result<std::string> compress(std::string_view) {
  return fail("this build has no zstd", "Install libzstd-dev and build again.");
}
#endif

}  // namespace

Result<std::string> pack_artifact(const ParameterList& list, const GolfArtifact& from) {
  std::string text;
  append(text, static_cast<std::uint64_t>(from.config.size()));
  text += from.config;
  append(text, from.identity.tokenizer);
  append(text, from.identity.model);
  for (const ParameterSpec& spec : list.specs) {
    const float* const values = from.parameters.data() + spec.offset;
    if (!std::all_of(values, values + spec.size(), [](float x) { return std::isfinite(x); })) {
      return fail(spec.name + " holds a number that is not finite",
                  "The run has failed; train again.");
    }
    append_tensor(text, spec, values);
  }
  TRY(const std::string compressed, compress(text));
  std::string file(kMagic);
  append(file, kVersion);
  append(file, digest(text));
  return file + compressed;
}

Result<PackedArtifact> PackedArtifact::open(const std::filesystem::path& path) {
  TRY(const MappedFile file, MappedFile::open(path));
  std::string_view text = file.text();
  if (text.size() < kHeaderBytes || !text.starts_with(kMagic)) {
    return fail(path.string() + " is no golf artifact", "pawl-train golf pack writes one.");
  }
  text.remove_prefix(kMagic.size());
  std::uint64_t version = 0;
  std::uint64_t wanted = 0;
  take(text, version);
  take(text, wanted);
  if (version != kVersion) {
    return fail(format("%s has format %llu, this program reads 1", path.c_str(),
                       static_cast<unsigned long long>(version)));
  }
  const Result<std::string> all = decompress_zstd(text);
  if (!all) return fail(path.string() + ": " + all.error().message, all.error().hint);
  if (digest(*all) != wanted) {
    return fail(path.string() + " is damaged: its digest is not that of its bytes");
  }
  PackedArtifact artifact;
  std::string_view rest = *all;
  std::uint64_t config_bytes = 0;
  take(rest, config_bytes);
  artifact.config_ = rest.substr(0, config_bytes);
  rest.remove_prefix(artifact.config_.size());
  take(rest, artifact.identity_.tokenizer);
  take(rest, artifact.identity_.model);
  artifact.tensors_ = rest;
  return artifact;
}

Result<std::vector<float>> PackedArtifact::parameters(const ParameterList& list) const {
  std::vector<float> values(static_cast<std::size_t>(list.total));
  std::string_view rest = tensors_;
  bool is_there = true;
  for (const ParameterSpec& spec : list.specs) {
    is_there = is_there && take_tensor(rest, spec, values.data() + spec.offset);
  }
  if (!is_there || !rest.empty()) return fail("the artifact's weights are not those of its config");
  return values;
}

}  // namespace trainer
