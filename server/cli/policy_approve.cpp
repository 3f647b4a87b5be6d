#include "server/cli/policy_approve.h"

#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/remote.h"

namespace pawl {
namespace {

// As `pawl policy diff` prints it.
std::string digest_in(const std::string& text) {
  constexpr std::string_view kLine = "\ndigest: ";
  const std::size_t at = text.find(kLine);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + kLine.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

int policy_approve(const Options& options, Interview& interview, const Operate& operate) {
  const auto diff = operate("policy_diff", {});
  if (!diff) return print(diff.error());
  if (!diff->code.empty()) return print(*diff, options.json);
  (options.json ? std::cerr : std::cout) << diff->text << "\n" << std::flush;
  const bool waits = diff->text.find(" for an approval") != std::string::npos;
  if (!waits && options.digest.empty()) return kExitOk;
  const std::string shown = digest_in(diff->text);
  if (options.digest.empty() && !options.yes) {
    if (!interview.terminal()) {
      std::cerr << "pawl: nothing was approved: there is no terminal to ask\n"
                   "Give --digest "
                << shown.substr(0, 12) << " for what is shown here, or --yes.\n";
      return kExitFailed;
    }
    if (!interview.confirm("Put these files in force?")) return kExitFailed;
  }
  const auto approved =
      operate("policy_approve", {{"digest", options.digest.empty() ? shown : options.digest}});
  return approved ? print(*approved, options.json) : print(approved.error());
}

}  // namespace pawl
