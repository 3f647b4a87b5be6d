// Agents write patches by hand. This makes what they mean readable for git: a missing
// "diff --git" line, missing a/ and b/ prefixes, a missing last newline. Pure.
#pragma once
#include <string>
#include <string_view>

namespace pawl {

// `patch` with the header lines that git wants in front of each file. What is already in git's
// form, and what is no patch at all, comes back unchanged.
std::string as_git_patch(std::string_view patch);

}  // namespace pawl
