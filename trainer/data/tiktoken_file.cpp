#include "trainer/data/tiktoken_file.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "trainer/core/file.h"
#include "trainer/core/text.h"
#include "trainer/data/base64.h"

namespace trainer {
namespace {

constexpr const char* kFormatHint = "Each line is a token in base64, a space, and its rank.";

struct RankLine {
  std::string token;
  int rank;
};

std::optional<RankLine> parse_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::optional<std::string> token = decode_base64(line.substr(0, space));
  if (!token || token->empty()) return std::nullopt;
  const std::string_view digits = line.substr(space + 1);
  int rank = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, rank);
  if (error != std::errc{} || stop != end || rank < 0) return std::nullopt;
  return RankLine{std::move(*token), rank};
}

// The ranks read so far.
class RankList {
 public:
  Result<void> add(std::string_view line) {
    std::optional<RankLine> parsed = parse_line(line);
    if (!parsed) return fail("line is not a token and its rank", kFormatHint);
    const auto expected = static_cast<int>(ranks_.size());
    if (expected == kRanksMax) {
      return fail(format("more than %s ranks", grouped(kRanksMax).c_str()),
                  "Tokens are stored in 16 bits, and four of them are special.");
    }
    if (parsed->rank != expected) {
      return fail(format("rank %d where rank %d was expected", parsed->rank, expected),
                  "Ranks begin at 0 and have no gaps.");
    }
    const auto [known, is_new] = by_token_.emplace(parsed->token, expected);
    if (!is_new) return fail(format("rank %d has the token of rank %d", expected, known->second));
    ranks_.push_back(std::move(parsed->token));
    return {};
  }

  std::optional<int> missing_byte() const {
    for (int byte = 0; byte < 256; ++byte) {
      if (!by_token_.contains(std::string(1, static_cast<char>(byte)))) return byte;
    }
    return std::nullopt;
  }

  const std::vector<std::string>& ranks() const { return ranks_; }

 private:
  std::vector<std::string> ranks_;
  std::unordered_map<std::string, int> by_token_;
};

}  // namespace

Result<Vocabulary> load_vocabulary(const std::filesystem::path& path) {
  TRY(const MappedFile file, MappedFile::open(path));
  std::string_view rest = file.text();
  RankList list;
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (auto added = list.add(rest.substr(0, end)); !added) {
      return fail(format("%s:%d: %s", path.c_str(), number, added.error().message.c_str()),
                  added.error().hint);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (const std::optional<int> byte = list.missing_byte()) {
    return fail(format("%s: the single byte 0x%02x is missing", path.c_str(), *byte),
                "A vocabulary contains all 256 bytes, so that any text can be encoded.");
  }
  return Vocabulary(list.ranks());
}

Result<void> save_vocabulary(const std::filesystem::path& path, const Vocabulary& vocabulary) {
  std::string text;
  for (int rank = 0; rank < vocabulary.ranks(); ++rank) {
    text += encode_base64(vocabulary.bytes(static_cast<std::uint16_t>(rank)));
    text += format(" %d\n", rank);
  }
  return write_file(path, text);
}

}  // namespace trainer
