#include "server/jobs/rules_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "server/core/digest.h"
#include "server/jobs/policy_layers.h"
#include "server/jobs/shipped_policy.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigestMin = 12;  // characters of a digest that say enough

Result<void> write_text(const fs::path& path, const std::string& text) {
  const fs::path aside = path.string() + ".new";
  std::ofstream(aside, std::ios::binary | std::ios::trunc) << text << std::flush;
  std::error_code error;
  if (fs::file_size(aside, error) != text.size() || error) {
    return fail(ErrorKind::kEngine, "could not write " + path.string());
  }
  fs::rename(aside, path, error);
  if (error)
    return fail(ErrorKind::kEngine, "could not write " + path.string() + ": " + error.message());
  return {};
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return fail(ErrorKind::kEngine, "could not create " + folder.string() + ": " + error.message());
  return {};
}

Result<std::string> read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorKind::kEngine, "could not read " + path.string());
  return text.str();
}

std::string waiting_notice(const PolicyChanges& pending) {
  return fmt::format("{} looser value{} wait{} for `pawl policy approve`:\n{}", pending.size(),
                     pending.size() == 1 ? "" : "s", pending.size() == 1 ? "s" : "",
                     describe(pending));
}

}  // namespace

Result<PolicyFiles> read_policy_files(const fs::path& folder) {
  std::error_code error;
  PolicyFiles files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".toml") continue;
    TRY(std::string text, read_text(entry.path()));
    files.push_back({(folder.filename() / entry.path().filename()).string(), std::move(text)});
  }
  std::ranges::sort(files, {}, &SourceText::name);
  return files;
}

std::string digest_of(const PolicyFiles& files) {
  Sha256 sum;
  for (const SourceText& file : files)
    sum.add(fmt::format("{} {}\n{}\n", file.text.size(), file.name, file.text));
  return sum.hex();
}

Result<void> RulesFolder::adopt_default() {
  CHECK_OK(make_folder(folder_));
  for (const SourceText& file : shipped_policy())
    CHECK_OK(write_text(folder_ / file.name, file.text));
  return {};
}

Result<void> RulesFolder::begin() {
  if (!layers_.empty() || !fs::exists(kept_)) return {};
  TRY(const std::string text, read_text(kept_));
  auto layers = layers_in(text);
  auto rules = layers ? rules_of_layers(*layers) : std::nullopt;
  if (!rules) return {};  // of another version of pawl: the files are adopted as on a first start
  layers_ = *std::move(layers);
  put_in_force(*std::move(rules), {}, {});
  return {};
}

Result<void> RulesFolder::keep(Layers layers) {
  if (digest_of(layers.back()) == (layers_.empty() ? "" : digest_of(layers_.back())) &&
      layers.size() == layers_.size())
    return {};
  CHECK_OK(make_folder(kept_.parent_path()));
  CHECK_OK(write_text(kept_, text_of_layers(layers)));
  layers_ = std::move(layers);
  return {};
}

void RulesFolder::put_in_force(Rules rules, Proposal proposal, std::vector<std::string> notices) {
  auto shared = std::make_shared<const Rules>(std::move(rules));
  const std::scoped_lock lock(mutex_);
  rules_ = std::move(shared);
  raised_ = nullptr;
  proposal_ = std::move(proposal);
  notices_ = std::move(notices);
}

Result<void> RulesFolder::load() {
  const std::scoped_lock lock(loading_);
  CHECK_OK(begin());
  TRY(auto files, read_policy_files(folder_));
  std::vector<std::string> notices;
  if (files.empty() && layers_.empty()) {
    CHECK_OK(adopt_default());
    notices.push_back("no policy was found: the shipped default was written to " +
                      folder_.string() + " and is in force; review it");
    TRY(files, read_policy_files(folder_));
  }
  if (keep_same(files)) return {};
  auto parsed = parse_rules(files);
  if (!parsed) return fall_back(parsed.error());
  if (!layers_.empty()) return propose(files, *std::move(parsed));
  CHECK_OK(keep({files}));
  put_in_force(*std::move(parsed), {digest_of(files), {}}, std::move(notices));
  const std::scoped_lock news(mutex_);
  news_.push_back("adopted the policy files " + proposal_.digest.substr(0, kDigestMin));
  return {};
}

// Whether the files are those that are in force already: then there is nothing to parse.
bool RulesFolder::keep_same(const PolicyFiles& files) {
  const std::string digest = digest_of(files);
  if (layers_.size() != 1 || digest_of(layers_.front()) != digest) return false;
  const std::scoped_lock lock(mutex_);
  proposal_ = {digest, {}};
  notices_.clear();
  return true;
}

Result<void> RulesFolder::propose(const PolicyFiles& files, Rules proposed) {
  Reconciled result = reconcile(*of_files(), proposed);
  std::vector<std::string> notices;
  if (result.pending.empty()) {
    CHECK_OK(keep({files}));
    result.rules = std::move(proposed);
  } else {
    notices.push_back(waiting_notice(result.pending));
    Layers layers = layers_;
    if (!result.tightened.empty()) layers.push_back(files);
    CHECK_OK(keep(std::move(layers)));
  }
  put_in_force(std::move(result.rules), {digest_of(files), std::move(result.pending)},
               std::move(notices));
  const std::scoped_lock lock(mutex_);
  for (const PolicyChange& change : result.tightened)
    news_.push_back("tightened " + describe(change));
  return {};
}

Result<PolicyChanges> RulesFolder::approve(const std::string& digest,
                                           const std::string& principal) {
  const std::scoped_lock lock(loading_);
  TRY(const auto files, read_policy_files(folder_));
  const std::string found = digest_of(files);
  if (!digest.empty() && (digest.size() < kDigestMin || !found.starts_with(digest))) {
    return fail(ErrorKind::kConflict,
                "the policy files have the digest " + found.substr(0, kDigestMin) + ", not " +
                    digest.substr(0, 64),
                "Look at `pawl policy diff` again, then approve what it shows.");
  }
  auto parsed = parse_rules(files);
  if (!parsed) return std::unexpected(to_error(parsed.error()));
  Reconciled result = reconcile(*of_files(), *parsed);
  CHECK_OK(keep({files}));
  put_in_force(*std::move(parsed), {found, {}}, {});
  PolicyChanges changes = std::move(result.tightened);
  changes.insert(changes.end(), result.pending.begin(), result.pending.end());
  const std::scoped_lock news(mutex_);
  for (const PolicyChange& change : changes)
    news_.push_back(fmt::format("approved by {}: {}", principal, describe(change)));
  return changes;
}

Result<void> RulesFolder::fall_back(const Diagnostics& diagnostics) {
  const std::string text = format(diagnostics);
  const std::scoped_lock lock(mutex_);
  if (!rules_) {
    return fail(ErrorKind::kInvalid,
                "the policy does not parse and there is no earlier one:\n" + text,
                "Mend the file; `pawl policy check` shows every mistake.");
  }
  notices_ = {"the policy files do not parse; the last good policy stays in force:\n" + text};
  return {};
}

std::shared_ptr<const Rules> RulesFolder::of_files() const {
  const std::scoped_lock lock(mutex_);
  return rules_;
}

std::shared_ptr<const Rules> RulesFolder::rules() const {
  const std::scoped_lock lock(mutex_);
  if (raises_.empty()) return rules_;
  const Timestamp now = now_();
  if (raised_ && now < raised_until_) return raised_;
  Rules made = *rules_;
  raised_until_ = Timestamp::max();
  for (const TimedRaise& raise : raises_) {
    if (now >= raise.until) continue;
    // A cap that the files no longer have needs no raise.
    if (auto policy = raised(made.policy, raise.raise)) made.policy = *std::move(policy);
    raised_until_ = std::min(raised_until_, raise.until);
  }
  raised_ = std::make_shared<const Rules>(std::move(made));
  return raised_;
}

void RulesFolder::set_raises(std::vector<TimedRaise> raises, std::function<Timestamp()> now) {
  const std::scoped_lock lock(mutex_);
  raises_ = std::move(raises);
  now_ = std::move(now);
  raised_ = nullptr;
}

Proposal RulesFolder::proposal() const {
  const std::scoped_lock lock(mutex_);
  return proposal_;
}

std::vector<std::string> RulesFolder::notices() const {
  const std::scoped_lock lock(mutex_);
  return notices_;
}

std::vector<std::string> RulesFolder::take_news() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(news_, {});
}

}  // namespace pawl
