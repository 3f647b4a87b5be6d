#include "server/records/sanitize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "server/records/unicode.h"

namespace pawl {
namespace {

constexpr std::size_t kLineBytesLeast = 40;  // room for the mark of a cut
constexpr std::size_t kRunLeast = 3;         // equal lines in a row that are collapsed
constexpr char32_t kEscape = 0x1B, kBell = 0x07, kDelete = 0x7F;
constexpr char32_t kCsi = 0x9B, kDcs = 0x90, kSos = 0x98, kOsc = 0x9D, kPm = 0x9E, kApc = 0x9F;
constexpr char32_t kStringTerminator = 0x9C;

struct Range {
  char32_t first, last;
};
constexpr std::array kUnsafe = {
    Range{0x00, 0x08},       Range{0x0B, 0x1F},        // C0 but tab and line feed
    Range{0x7F, 0x9F},                                 // delete, C1
    Range{0xAD, 0xAD},       Range{0x34F, 0x34F},      // soft hyphen, grapheme joiner
    Range{0x61C, 0x61C},                               // Arabic letter mark
    Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5},    // invisible letters
    Range{0x180B, 0x180F},                             // Mongolian selectors
    Range{0x200B, 0x200F},                             // zero width, direction marks
    Range{0x2028, 0x202E},                             // separators, embedding, override
    Range{0x2060, 0x206F},                             // joiners, isolates, deprecated
    Range{0x3164, 0x3164},   Range{0xFE00, 0xFE0F},    // filler, variation selectors
    Range{0xFDD0, 0xFDEF},   Range{0xFEFF, 0xFEFF},    // noncharacters, byte order mark
    Range{0xFFA0, 0xFFA0},   Range{0xFFF0, 0xFFFB},    // filler, interlinear marks
    Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},  // shorthand and musical controls
    Range{0xE0000, 0xE0FFF},                           // tags, more variation selectors
};

// Consumes code points of one line.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool at_end() const { return text_.empty(); }
  char32_t peek() const { return at_end() ? 0 : decode_utf8(text_).value; }
  char32_t next() {
    const CodePoint point = decode_utf8(text_);
    text_.remove_prefix(point.bytes);
    return point.value;
  }

 private:
  std::string_view text_;
};

bool opens_string(char32_t point) {  // "ESC ]" and its kin, by the second character
  return point == ']' || point == 'P' || point == '_' || point == '^' || point == 'X';
}
bool opens_string_c1(char32_t point) {
  return point == kOsc || point == kDcs || point == kSos || point == kPm || point == kApc;
}

// Parameters and intermediates up to the final byte; stops before anything that cannot belong.
void skip_csi(Reader& reader) {
  while (!reader.at_end() && reader.peek() >= 0x20 && reader.peek() <= 0x3F) reader.next();
  if (!reader.at_end() && reader.peek() >= 0x40 && reader.peek() <= 0x7E) reader.next();
}

// A title, link or device string: to its terminator, or to the end of the line without one.
void skip_string(Reader& reader) {
  while (!reader.at_end()) {
    const char32_t point = reader.next();
    if (point == kBell || point == kStringTerminator) return;
    if (point == kEscape) {
      if (reader.peek() == '\\') reader.next();
      return;
    }
  }
}

void skip_escape(Reader& reader) {
  const char32_t point = reader.peek();
  if (point == '[') {
    reader.next();
    skip_csi(reader);
  } else if (opens_string(point)) {
    reader.next();
    skip_string(reader);
  } else if (point >= 0x20 && point < kDelete) {  // "ESC ( B", "ESC 7"
    while (reader.peek() >= 0x20 && reader.peek() <= 0x2F) reader.next();
    if (reader.peek() >= 0x30 && reader.peek() < kDelete) reader.next();
  }
}

std::string without_unsafe(std::string_view line) {
  std::string clean;
  clean.reserve(line.size());
  Reader reader(line);
  while (!reader.at_end()) {
    const char32_t point = reader.next();
    if (point == kEscape) {
      skip_escape(reader);
    } else if (point == kCsi) {
      skip_csi(reader);
    } else if (opens_string_c1(point)) {
      skip_string(reader);
    } else if (!is_unsafe(point)) {
      append_utf8(clean, point);
    }
  }
  return clean;
}

void cut(std::string& line, std::size_t bytes_max) {
  if (line.size() <= bytes_max) return;
  std::size_t keep = bytes_max - kLineBytesLeast / 2;
  while (keep > 0 && (static_cast<unsigned char>(line[keep]) & 0xC0U) == 0x80U) --keep;
  const std::size_t lost = line.size() - keep;
  line.resize(keep);
  line += fmt::format(" [+{} bytes]", lost);
}

// A progress bar redraws its line after each carriage return: what a terminal shows last stays.
std::string_view last_redraw(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  return line.substr(line.rfind('\r') + 1);
}

// How many lines from `begin` on are equal.
std::size_t run_length(const std::vector<std::string>& lines, std::size_t begin) {
  std::size_t end = begin + 1;
  while (end < lines.size() && lines[end] == lines[begin]) ++end;
  return end - begin;
}

// Repeated until nothing changes, because a forged count may stand beside a real one. Each round
// shortens the list, and the list is capped.
std::vector<std::string> collapsed(std::vector<std::string> lines) {
  for (;;) {
    std::vector<std::string> shorter;
    for (std::size_t i = 0; i < lines.size();) {
      const std::size_t run = run_length(lines, i);
      shorter.push_back(lines[i]);
      if (run >= kRunLeast) {
        shorter.push_back(fmt::format("[the line above {} times]", run));
      } else if (run > 1) {
        shorter.push_back(lines[i]);
      }
      i += run;
    }
    if (shorter.size() == lines.size()) return lines;
    lines = std::move(shorter);
  }
}

std::vector<std::string> clean_lines(std::string_view raw, std::size_t bytes_max) {
  std::vector<std::string> lines;
  while (!raw.empty()) {
    const std::size_t end = std::min(raw.find('\n'), raw.size());
    lines.push_back(without_unsafe(last_redraw(raw.substr(0, end))));
    cut(lines.back(), bytes_max);
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  return lines;
}

}  // namespace

bool is_unsafe(char32_t point) {
  if ((point & 0xFFFEU) == 0xFFFEU) return true;  // the last two of each plane are noncharacters
  return std::ranges::any_of(
      kUnsafe, [=](const Range& range) { return range.first <= point && point <= range.last; });
}

CleanText clean_text(std::string_view raw, const TextLimits& limits) {
  std::vector<std::string> lines =
      clean_lines(raw, std::max(limits.line_bytes_max, kLineBytesLeast));
  if (limits.collapse) lines = collapsed(std::move(lines));
  CleanText clean;
  clean.lines = std::min(lines.size(), limits.lines_max);
  clean.lines_dropped = lines.size() - clean.lines;
  for (std::size_t i = 0; i < clean.lines; ++i) clean.text += lines[i] + "\n";
  return clean;
}

std::string clean_line(std::string_view raw, std::size_t bytes_max) {
  std::string line(raw);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  line = without_unsafe(line);
  cut(line, std::max(bytes_max, kLineBytesLeast));
  return line;
}

}  // namespace pawl
