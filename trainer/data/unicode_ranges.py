#!/usr/bin/env python3
"""Writes unicode_ranges.h from this Python's unicodedata: unicode_ranges.py > unicode_ranges.h"""

import sys
import unicodedata

# The White_Space property (PropList.txt); str.isspace() would add U+001C to U+001F.
WHITE_SPACE = [*range(0x9, 0xE), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]


def boundaries(contains):
    """Code points at which membership changes; the first one begins the first range."""
    found, inside = [], False
    for point in range(sys.maxunicode + 2):
        now = point <= sys.maxunicode and contains(point)
        if now != inside:
            found.append(point)
            inside = now
    return found


def array(name, points):
    lines, line = [], "   "
    for point in points:
        word = f" {point:#x},"
        if len(line + word) > 100:
            lines.append(line)
            line = "   "
        line += word
    return "\n".join([f"inline constexpr std::array<char32_t, {len(points)}> {name} = {{", *lines, line, "};"])


def category(letter):
    return lambda point: unicodedata.category(chr(point))[0] == letter


print(
    f"""// Unicode {unicodedata.unidata_version}: where letters, numbers and white space begin and end.
// Written by unicode_ranges.py.
// An array alternates between the first code point of a range and the first after it, so a code
// point belongs to the class when an odd number of entries is not above it.
#pragma once
#include <array>

namespace trainer {{

// clang-format off
{array("kLetterBounds", boundaries(category("L")))}

{array("kNumberBounds", boundaries(category("N")))}

{array("kSpaceBounds", boundaries(set(WHITE_SPACE).__contains__))}
// clang-format on

}}  // namespace trainer"""
)
