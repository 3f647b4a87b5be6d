// The policy in force: read from the human's folder, the last good one kept when a file does not
// parse. Thread-safe.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/policy/rules.h"

namespace pawl {

// Every *.toml file of the folder, in the order of their names; a missing folder has none.
Result<std::vector<SourceText>> read_policy_files(const std::filesystem::path& folder);

class RulesFolder {
 public:
  // `last_good` is where the text of the policy in force is kept (in the state directory), so that
  // a file which was broken while no server ran cannot leave us without one. An absent folder gets
  // the shipped default.
  RulesFolder(std::filesystem::path folder, std::filesystem::path last_good)
      : folder_(std::move(folder)), last_good_(std::move(last_good)) {}

  // Fails only when there is neither a policy that parses nor a last good one.
  Result<void> load();

  // Shared, because a request keeps the rules it began with while a reload puts others in force.
  std::shared_ptr<const Rules> rules() const;
  std::vector<std::string> notices() const;  // what a human should know about the files
  const std::filesystem::path& folder() const { return folder_; }

 private:
  Result<void> adopt_default();
  Result<void> fall_back(const Diagnostics& diagnostics);

  const std::filesystem::path folder_, last_good_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Rules> rules_;
  std::vector<std::string> notices_;
};

}  // namespace pawl
