// Equal failures have equal text, whatever the addresses, sizes and folders of the day. Pure.
#pragma once
#include <string>
#include <string_view>

namespace pawl {

// "/w/042-1/train.py:12: tried 3.5 GiB at 0x7f" is "train.py:N: tried N GiB at 0xN". At most 160
// bytes, clean.
std::string signature_of(std::string_view line);

}  // namespace pawl
