// Windows and nodes as people name them; text about them is made from these words everywhere.
#pragma once
#include <string_view>

#include "server/core/budget.h"

namespace pawl {

std::string_view name_of(WindowKind kind);  // "night": also its key in the policy
std::string_view name_of(NodeKind kind);    // "project"

// Whose room it is: "tonight's", "this month's", "the next day's", "the total".
std::string_view whose_room(const Balance& balance, Timestamp now);

// When a balance counts, after an amount: "tonight", "this month", "in total".
std::string_view when_of(WindowKind kind);

}  // namespace pawl
