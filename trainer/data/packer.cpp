#include "trainer/data/packer.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <sstream>
#include <utility>

#include "trainer/core/digest.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

constexpr std::string_view kFormat = "pawl-packer-1";

long long number(std::int64_t value) { return value; }  // as printf wants it

}  // namespace

struct Packer::Progress {
  std::int64_t epoch = 0, position = 0, entered = 0, tokens_used = 0;
  Pool pool{};
};

Packer::Packer(std::span<const Shard> shards, const PackerOptions& options)
    : documents_(shards), options_(options), order_(options.seed, documents_.documents()) {
  assert(options.row_tokens >= 2 && options.pool_documents >= 1 && documents_.tokens() > 0);
}

void Packer::next_row(std::span<std::int32_t> row) {
  assert(static_cast<std::int64_t>(row.size()) == options_.row_tokens);
  while (!row.empty()) {
    fill_pool();
    const auto chosen = choose(static_cast<std::int64_t>(row.size()));
    const Waiting waiting = *chosen;
    pool_.erase(chosen);
    const std::size_t size = std::min(row.size(), static_cast<std::size_t>(waiting.length));
    place(waiting, row.first(size));
    row = row.subspan(size);
  }
}

// A pool larger than the shards would hold the same document twice, and mix many epochs.
void Packer::fill_pool() {
  const std::int64_t wanted = std::min(options_.pool_documents, documents_.documents());
  while (static_cast<std::int64_t>(pool_.size()) < wanted) {
    pool_.insert(waiting(order_.next(), 0, entered_++));
  }
}

Packer::Waiting Packer::waiting(std::int64_t document, std::int64_t begin,
                                std::int64_t number) const {
  const auto tokens = static_cast<std::int64_t>(documents_.document(document).size());
  return {1 + tokens - begin, number, document, begin};
}

// The oldest of the longest that fit into `room`; if none does, the oldest of the shortest.
Packer::Pool::iterator Packer::choose(std::int64_t room) const {
  const auto too_long = pool_.lower_bound({room + 1, 0, 0, 0});
  if (too_long == pool_.begin()) return too_long;
  return pool_.lower_bound({std::prev(too_long)->length, 0, 0, 0});
}

void Packer::place(const Waiting& waiting, std::span<std::int32_t> room) {
  const auto tokens =
      documents_.document(waiting.document).subspan(static_cast<std::size_t>(waiting.begin));
  const std::size_t size = room.size() - 1;
  room[0] = documents_.bos();
  std::ranges::copy(tokens.first(size), room.begin() + 1);
  const bool is_cropped = size < tokens.size();
  tokens_used_ +=
      static_cast<std::int64_t>(is_cropped && options_.drop_tails ? tokens.size() : size);
  if (!is_cropped || options_.drop_tails) return;
  const std::int64_t begin = waiting.begin + static_cast<std::int64_t>(size);
  pool_.insert(this->waiting(waiting.document, begin, entered_++));
}

// Of what a state belongs to.
std::uint64_t Packer::identity() const {
  return digest(format("%s %lld %llu %lld %d", hex(documents_.digest()).c_str(),
                       number(options_.row_tokens), static_cast<unsigned long long>(options_.seed),
                       number(options_.pool_documents), options_.drop_tails ? 1 : 0));
}

// "pawl-packer-1 IDENTITY epoch position entered tokens_used waiting", a line "document begin
// number" for each that waits, and the digest of all lines before.
std::string Packer::state() const {
  std::string text =
      format("%s %s %lld %lld %lld %lld %zu\n", kFormat.data(), hex(identity()).c_str(),
             number(order_.epoch()), number(order_.position()), number(entered_),
             number(tokens_used_), pool_.size());
  for (const Waiting& waiting : pool_) {
    text += format("%lld %lld %lld\n", number(waiting.document), number(waiting.begin),
                   number(waiting.number));
  }
  return text + hex(digest(text)) + "\n";
}

Result<void> Packer::restore(std::string_view state) {
  TRY(Progress progress, parse(state));
  order_.seek(progress.epoch, progress.position);
  entered_ = progress.entered;
  tokens_used_ = progress.tokens_used;
  pool_ = std::move(progress.pool);
  return {};
}

Result<Packer::Progress> Packer::parse(std::string_view state) const {
  const std::size_t body = state.size() < 17 ? 0 : state.size() - 17;
  if (state.substr(body) != hex(digest(state.substr(0, body))) + "\n") {
    return fail("the packer's state is damaged");
  }
  std::istringstream in{std::string(state.substr(0, body))};
  Progress progress;
  std::string magic, owner;
  std::size_t size = 0;
  in >> magic >> owner >> progress.epoch >> progress.position >> progress.entered >>
      progress.tokens_used >> size;
  if (magic != kFormat) return fail("the packer's state is of another version of pawl-train");
  if (owner != hex(identity())) {
    return fail("the packer's state belongs to other data or options",
                "Resume with the data, seed and row length that the run began with.");
  }
  const std::int64_t documents = documents_.documents();
  bool is_valid = !in.fail() && progress.epoch >= 0 && progress.position >= 0 &&
                  progress.position <= documents && progress.tokens_used >= 0;
  while (is_valid && progress.pool.size() < size) {
    std::int64_t document = 0, begin = 0, entered = 0;
    in >> document >> begin >> entered;
    is_valid = !in.fail() && document >= 0 && document < documents && begin >= 0 && entered >= 0 &&
               entered < progress.entered;
    if (!is_valid) break;
    const Waiting next = waiting(document, begin, entered);
    is_valid = next.length >= 1 && progress.pool.insert(next).second;
  }
  if (!is_valid) return fail("the packer's state does not fit its data");
  return progress;
}

}  // namespace trainer
