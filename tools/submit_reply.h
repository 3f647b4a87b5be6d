// What both submit tools take and answer in the same way.
#pragma once
#include <type_traits>

#include "tools/fields.h"
#include "tools/tool.h"

namespace pawl {

const Fields<Edit>& fields_of(std::type_identity<Edit>);

inline constexpr std::int64_t kTitleBytesMax = 200;
inline constexpr std::int64_t kKeyBytesMax = 100;

// What a job was asked to be, as the agent hears of it.
Reply submit_reply(const Call& call, const SubmitReply& submitted);

}  // namespace pawl
