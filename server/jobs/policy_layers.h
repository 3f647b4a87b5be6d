// The file in the state folder that keeps the policy in force: the text that was approved, and the
// later proposals of which only the tighter values count. For rules_folder.cpp.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/policy/diagnostic.h"
#include "server/policy/rules.h"

namespace pawl {

// A digest of what follows, then for each layer "layer N" and N times "file BYTES NAME" with the
// bytes.
std::string text_of_layers(const std::vector<std::vector<SourceText>>& layers);

// Nothing when the text is not whole.
std::optional<std::vector<std::vector<SourceText>>> layers_in(const std::string& text);

// The first layer, tightened by each later one. Nothing when one does not parse (any more).
std::optional<Rules> rules_of_layers(const std::vector<std::vector<SourceText>>& layers);

}  // namespace pawl
