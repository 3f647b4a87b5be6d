// Names that agents write by hand: jobs "042" with a cosmetic tail ("042-halve-batch"), rounds
// "r7", approvals "a4", sandboxes "sb3". Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pawl {

// "042-halve-batch": the number in three digits, then the first words of the title.
std::string job_handle(std::int64_t number, std::string_view title);

std::string round_handle(std::int64_t number);     // "r7"
std::string approval_handle(std::int64_t number);  // "a4"
std::string sandbox_handle(std::int64_t number);   // "sb3"

// "42", "042" and "042-anything" are job 42; absent when the text is no job handle.
std::optional<std::int64_t> parse_job_handle(std::string_view text);

std::optional<std::int64_t> parse_round_handle(std::string_view text);     // "r7" is 7
std::optional<std::int64_t> parse_approval_handle(std::string_view text);  // "a4" is 4
std::optional<std::int64_t> parse_sandbox_handle(std::string_view text);   // "sb3" is 3

}  // namespace pawl
