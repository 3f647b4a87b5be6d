// The policy in force. The human's folder is a proposal: what tightens counts as soon as it is
// read, what loosens waits for approve(), and files that do not parse change nothing. What is in
// force is kept in the state folder. Thread-safe.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"
#include "server/policy/raise.h"
#include "server/policy/reconcile.h"
#include "server/policy/rules.h"

namespace pawl {

using PolicyFiles = std::vector<SourceText>;

// Every *.toml file of the folder, in the order of their names; a missing folder has none.
Result<PolicyFiles> read_policy_files(const std::filesystem::path& folder);

std::string digest_of(const PolicyFiles& files);  // SHA-256 over names and texts

// What waits, and the digest of the files that ask for it.
struct Proposal {
  std::string digest;
  PolicyChanges pending;
};

struct TimedRaise {
  Raise raise;
  Timestamp until{};
};

class RulesFolder {
 public:
  // `in_force` is the file that keeps the policy in force, in the state folder. An absent folder
  // gets the shipped default; what the first start finds is adopted as it is.
  RulesFolder(std::filesystem::path folder, std::filesystem::path in_force)
      : folder_(std::move(folder)), kept_(std::move(in_force)) {}

  // Reads the folder anew. Fails only when there is neither a policy that parses nor one in force.
  Result<void> load();

  // Puts the files as they are now in force, whole. CONFLICT when `digest` is given and the files
  // are not, or no longer, those with it.
  Result<PolicyChanges> approve(const std::string& digest, const std::string& principal);

  // Shared, because a request keeps the rules it began with while a reload puts others in force.
  std::shared_ptr<const Rules> rules() const;
  // Raised caps are part of the rules in force until their time is over by `now`.
  void set_raises(std::vector<TimedRaise> raises, std::function<Timestamp()> now);
  Proposal proposal() const;
  std::vector<std::string> notices() const;  // what a human should know about the files
  const std::filesystem::path& folder() const { return folder_; }

  // What loads and approvals have put in force since the last call, one line each, for the log.
  std::vector<std::string> take_news();

 private:
  // In force is the first of these with whatever the later ones tighten: only a proposal that also
  // loosens something makes a second one.
  using Layers = std::vector<PolicyFiles>;

  Result<void> adopt_default();
  Result<void> begin();  // what an earlier server had in force
  Result<void> keep(Layers layers);
  bool keep_same(const PolicyFiles& files);
  Result<void> propose(const PolicyFiles& files, Rules proposed);
  Result<void> fall_back(const Diagnostics& diagnostics);
  std::shared_ptr<const Rules> of_files() const;
  void put_in_force(Rules rules, Proposal proposal, std::vector<std::string> notices);

  const std::filesystem::path folder_, kept_;
  std::mutex loading_;  // one load at a time; readers do not wait for it
  Layers layers_;       // under loading_

  mutable std::mutex mutex_;            // the rest
  std::shared_ptr<const Rules> rules_;  // as the files say
  std::vector<TimedRaise> raises_;
  std::function<Timestamp()> now_;
  mutable std::shared_ptr<const Rules> raised_;  // the rules with what lasts of the raises, or null
  mutable Timestamp raised_until_{};             // then it has to be made anew
  Proposal proposal_;
  std::vector<std::string> notices_, news_;
};

}  // namespace pawl
