// The skill that travels inside the program: skills/overnight-autoresearch/SKILL.md as it was when
// this was built.
#pragma once
#include <string>

namespace pawl {

inline constexpr const char* kSkillName = "overnight-autoresearch";

std::string shipped_skill();

}  // namespace pawl
