// Where everything lies in a state directory. Names only: nothing is created here.
#pragma once
#include <filesystem>
#include <string>

namespace pawl {

struct Paths {
  std::filesystem::path state;   // 0700, one server at a time
  std::filesystem::path config;  // what humans own: policies/

  std::filesystem::path database() const { return state / "pawl.db"; }
  std::filesystem::path lock() const { return state / "lock"; }
  std::filesystem::path socket() const { return state / "pawl.sock"; }
  std::filesystem::path log() const { return state / "pawl.log"; }
  // The text of the rules that count, whatever the files say by now: see rules_folder.h.
  std::filesystem::path policy_in_force() const { return state / "policy-in-force"; }
  std::filesystem::path policies() const { return config / "policies"; }
  std::filesystem::path repository(const std::string& project) const {
    return state / "repos" / (project + ".git");
  }
  // "042-1": the job's number in its project, then the attempt's.
  std::filesystem::path attempt(const std::string& project, std::int64_t job, int attempt) const {
    return state / "attempts" / project / (padded(job) + "-" + std::to_string(attempt));
  }
  // One per job: it survives its attempts, so that a pre-empted run resumes.
  std::filesystem::path checkpoint(const std::string& project, std::int64_t job) const {
    return state / "checkpoints" / project / padded(job);
  }
  // A copy of the decisions for people: see server/jobs/results_tsv.h.
  std::filesystem::path results(const std::string& project) const {
    return state / "projects" / project / "results.tsv";
  }
  // What a build made, at the path where it was made: virtual environments hold their own path.
  // Named after the build's job and attempt, so that no build ever touches what another one left.
  std::filesystem::path environment(const std::string& project, std::int64_t job,
                                    int attempt) const {
    return state / "environments" / project / (padded(job) + "-" + std::to_string(attempt));
  }
  std::filesystem::path caches(const std::string& project, const std::string& key) const {
    return state / "caches" / project / key.substr(0, 16);
  }
  // What installers keep of what they fetched; only builds see it.
  std::filesystem::path downloads(const std::string& project) const {
    return state / "downloads" / project;
  }

 private:
  static std::string padded(std::int64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
  }
};

}  // namespace pawl
