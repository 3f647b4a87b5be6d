// Reads an attempt's capped logs (stdout.log, stderr.log and their rotated `.1`) a page at a time:
// memory stays small whatever the job wrote. Text comes out cleaned (sanitize.h).
//
// A position counts bytes of one stream from its beginning: the rotated file first, then the
// current one. Nothing is locked: a log that grows meanwhile gives what was there.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/records/attempt_folder.h"
#include "server/records/sanitize.h"

namespace pawl {

enum class LogStream : std::uint8_t { kStdout, kStderr };

struct LogPage {
  std::string text;           // clean
  std::int64_t position = 0;  // where the next page starts
  std::int64_t bytes_total = 0;
  bool more = false;  // there is text after `position`
};

// The last `lines` lines; position is the end, so that read_log() from there gives what came later.
Result<LogPage> tail_log(const AttemptFolder& folder, LogStream stream, std::size_t lines);

// `lines` lines from `position` on; 0 is the head. EXPIRED when the position is past the end, as
// after a rotation.
Result<LogPage> read_log(const AttemptFolder& folder, LogStream stream, std::size_t lines,
                         std::int64_t position = 0);

// The first `lines` lines after `position` that hold `pattern`: plain text, any case, alternatives
// between '|'. Not a regular expression: those can be made to run for hours. INVALID when empty.
Result<LogPage> grep_log(const AttemptFolder& folder, LogStream stream, std::string_view pattern,
                         std::size_t lines, std::int64_t position = 0);

}  // namespace pawl
