#include "server/records/logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "server/records/log_text.h"

namespace pawl {
namespace {

constexpr std::int64_t kPageBytesMax = 256 << 10;  // read at once, whatever the line count
constexpr std::size_t kPageLinesMax = 1000;
constexpr std::size_t kPatternBytesMax = 200;
constexpr std::size_t kFoundBytesMax = 4096;

std::string lower(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded;
}

TextLimits page_limits(std::size_t lines) { return {.lines_max = std::min(lines, kPageLinesMax)}; }

// The last `lines` lines of a text; an unfinished line at the end counts.
std::string_view last_lines(std::string_view text, std::size_t lines) {
  std::size_t begin = text.ends_with('\n') ? text.size() - 1 : text.size();
  for (; lines > 0; --lines) {
    begin = begin == 0 ? std::string_view::npos : text.rfind('\n', begin - 1);
    if (begin == std::string_view::npos) return text;
  }
  return text.substr(std::min(begin + 1, text.size()));
}

// Bytes that the first `lines` whole lines of a page take; all of it when it holds fewer and the
// log ends there, or when it is one endless line.
std::size_t head_bytes(std::string_view page, std::size_t lines, bool ends_here) {
  std::size_t end = 0;
  for (; lines > 0 && end < page.size(); --lines) {
    const std::size_t newline = page.find('\n', end);
    if (newline == std::string_view::npos) return ends_here || end == 0 ? page.size() : end;
    end = newline + 1;
  }
  return end;
}

Result<void> check_position(const LogText& log, std::int64_t position) {
  if (position >= 0 && position <= log.size()) return {};
  return fail(ErrorKind::kExpired,
              fmt::format("position {} is past the log's {} bytes", position, log.size()),
              "The log was rotated; start again without a cursor.");
}

std::vector<std::string> alternatives(std::string_view pattern) {
  std::vector<std::string> words;
  while (!pattern.empty()) {
    const std::size_t end = std::min(pattern.find('|'), pattern.size());
    if (end > 0) words.push_back(lower(pattern.substr(0, end)));
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return words;
}

bool holds_any(std::string_view line, const std::vector<std::string>& words) {
  const std::string folded = lower(line);
  return std::ranges::any_of(
      words, [&](const std::string& word) { return folded.find(word) != std::string::npos; });
}

struct Search {
  const std::vector<std::string>& words;
  std::size_t left;   // lines that may still be found
  std::string found;  // each line cut, so that this stays small
};

// How many bytes of the page were searched: to its last whole line, or to the end where the log
// ends too or where the page is one endless line.
std::size_t search_page(std::string_view page, bool ends_here, Search& search) {
  std::size_t begin = 0;
  while (search.left > 0 && begin < page.size()) {
    const std::size_t newline = page.find('\n', begin);
    const bool whole = newline != std::string_view::npos;
    if (!whole && !ends_here && begin > 0) break;  // goes on in the next page
    const std::size_t end = whole ? newline : page.size();
    const std::string_view line = page.substr(begin, end - begin);
    if (holds_any(line, search.words)) {
      search.found.append(line.substr(0, kFoundBytesMax)).append("\n");
      --search.left;
    }
    begin = std::min(end + 1, page.size());
  }
  return begin;
}

}  // namespace

Result<LogPage> tail_log(const AttemptFolder& folder, LogStream stream, std::size_t lines) {
  TRY(const LogText log, LogText::open(folder, stream));
  const std::int64_t begin = std::max<std::int64_t>(0, log.size() - kPageBytesMax);
  const std::string end = log.read(begin, kPageBytesMax);
  const std::string_view wanted = last_lines(end, std::min(lines, kPageLinesMax));
  return LogPage{.text = clean_text(wanted, page_limits(lines)).text,
                 .position = log.size(),
                 .bytes_total = log.size()};
}

Result<LogPage> read_log(const AttemptFolder& folder, LogStream stream, std::size_t lines,
                         std::int64_t position) {
  TRY(const LogText log, LogText::open(folder, stream));
  CHECK_OK(check_position(log, position));
  const std::string page = log.read(position, kPageBytesMax);
  const auto page_end = position + static_cast<std::int64_t>(page.size());
  const std::size_t taken =
      head_bytes(page, std::min(lines, kPageLinesMax), page_end >= log.size());
  const std::int64_t next = position + static_cast<std::int64_t>(taken);
  return LogPage{
      .text = clean_text(std::string_view(page).substr(0, taken), page_limits(lines)).text,
      .position = next,
      .bytes_total = log.size(),
      .more = next < log.size()};
}

Result<LogPage> grep_log(const AttemptFolder& folder, LogStream stream, std::string_view pattern,
                         std::size_t lines, std::int64_t position) {
  const std::vector<std::string> words = alternatives(pattern.substr(0, kPatternBytesMax));
  if (words.empty()) {
    return fail(ErrorKind::kInvalid, "the pattern is empty",
                "Give plain text, or several with '|' between them.");
  }
  TRY(const LogText log, LogText::open(folder, stream));
  CHECK_OK(check_position(log, position));
  Search search{words, std::min(lines, kPageLinesMax), {}};
  while (search.left > 0 && position < log.size()) {
    const std::string page = log.read(position, kPageBytesMax);
    const bool ends_here = position + static_cast<std::int64_t>(page.size()) >= log.size();
    const std::size_t taken = search_page(page, ends_here, search);
    if (taken == 0) break;  // the log was cut short meanwhile
    position += static_cast<std::int64_t>(taken);
  }
  return LogPage{.text = clean_text(search.found, page_limits(lines)).text,
                 .position = position,
                 .bytes_total = log.size(),
                 .more = position < log.size()};
}

}  // namespace pawl
