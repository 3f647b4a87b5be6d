// What both submit tools take and answer in the same way.
#pragma once
#include <array>
#include <string_view>
#include <type_traits>

#include "tools/fields.h"
#include "tools/tool.h"

namespace pawl {

const Fields<Edit>& fields_of(std::type_identity<Edit>);
const Fields<Variant>& fields_of(std::type_identity<Variant>);

inline constexpr std::array<std::string_view, 3> kDesigns = {"full", "fractional", "list"};
template <>
struct Shape<Design> : WordShape<Design, kDesigns> {};

inline constexpr std::int64_t kTitleBytesMax = 200;
inline constexpr std::int64_t kKeyBytesMax = 100;
inline constexpr std::int64_t kVariantsMax = 64;
inline constexpr std::int64_t kRepeatsMax = 16;
inline constexpr std::int64_t kMinutesMax = 24 * 60;

// What a job was asked to be, as the agent hears of it.
Reply submit_reply(const Call& call, const SubmitReply& submitted);

}  // namespace pawl
