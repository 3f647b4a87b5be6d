#include "server/records/failure.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "server/records/log_text.h"
#include "server/records/signature.h"

namespace pawl {
namespace {

constexpr std::size_t kExcerptLines = 12;
constexpr std::size_t kLineBytesMax = 300;
constexpr std::int64_t kTailBytes = 256 << 10;
constexpr std::string_view kTraceback = "Traceback (most recent call last):";

using Lines = std::span<const std::string_view>;

// Where a cause was found: the excerpt is [begin, end), the signature is of `cause`.
struct Find {
  std::size_t begin = 0, cause = 0, end = 0;
  std::string_view prefix;  // in front of every line of it, as in "[rank0]: "
};

// Words of one kind of failure, and how many lines around them belong to it. The kinds are tried in
// this order. A compiler's first error is the cause and the rest follows from it; of everything
// else the last one is.
struct Kind {
  std::initializer_list<std::string_view> words;
  std::size_t before, after;
  bool first;
};

const std::array kKinds = {
    Kind{{"terminate called after throwing", "terminate called without", "Assertion `",
          "Assertion failed", "panicked at",
          "AddressSanitizer:", "ThreadSanitizer:", "LeakSanitizer:", ": runtime error: "},
         1,
         8,
         false},
    Kind{{": error: ", ": fatal error: ", ": error C", "error[E", "undefined reference to",
          "CMake Error", ": error : "},
         1,
         8,
         true},
    Kind{{"CUDA out of memory", "CUDA error", "cudaError", "CUDA_ERROR", "NCCL error", "ncclError",
          "cuBLAS error", "CUBLAS_STATUS", "CUDNN_STATUS", "out of memory", "bad_alloc"},
         4,
         4,
         false},
    Kind{{"Segmentation fault", "Bus error", "Illegal instruction", "Floating point exception",
          "core dumped", "Aborted", "Killed"},
         6,
         2,
         false},
    Kind{{"command not found", "No such file or directory", "Permission denied",
          "No space left on device", "Too many open files", "cannot open shared object"},
         4,
         3,
         false},
    Kind{{"pawl-train: "}, 6, 3, false},  // what to do follows on the next line
    Kind{{"Error:", "Exception:", "ERROR", "error:", "FAIL", "fatal:"}, 6, 3, false},
};

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

bool holds(std::string_view line, const Kind& kind) {
  return std::ranges::any_of(kind.words,
                             [&](std::string_view word) { return line.contains(word); });
}

// From the last header to its exception, which is the first line that is not indented.
std::optional<Find> find_traceback(Lines lines) {
  for (std::size_t begin = lines.size(); begin-- > 0;) {
    const std::size_t column = lines[begin].find(kTraceback);
    if (column == std::string_view::npos) continue;
    const std::string_view prefix = lines[begin].substr(0, column);
    std::size_t last = begin;
    for (std::size_t i = begin + 1; i < lines.size() && lines[i].starts_with(prefix); ++i) {
      last = i;
      const std::string_view line = lines[i].substr(prefix.size());
      if (!line.empty() && !line.starts_with(' ')) break;
    }
    return Find{begin, last, last + 1, prefix};
  }
  return std::nullopt;
}

std::optional<Find> find_kind(Lines lines, const Kind& kind) {
  std::optional<std::size_t> cause;
  for (std::size_t i = 0; i < lines.size() && !(kind.first && cause); ++i) {
    if (holds(lines[i], kind)) cause = i;
  }
  if (!cause) return std::nullopt;
  Find find{*cause - std::min(*cause, kind.before),
            *cause,
            std::min(lines.size(), *cause + kind.after + 1),
            {}};
  // "terminate called ..." is followed by the message itself.
  if (*cause + 1 < lines.size() && lines[*cause + 1].contains("what():")) find.cause = *cause + 1;
  return find;
}

std::optional<Find> find_cause(Lines lines) {
  if (auto found = find_traceback(lines)) return found;
  for (const Kind& kind : kKinds) {
    if (auto found = find_kind(lines, kind)) return found;
  }
  return std::nullopt;
}

// A long traceback keeps its head and, more useful, its end.
std::string excerpt_of(Lines lines, const Find& find) {
  std::string text;
  const std::size_t count = find.end - find.begin;
  for (std::size_t i = find.begin; i < find.end; ++i) {
    if (count > kExcerptLines && i == find.begin + 1) {
      text += "  ...\n";
      i = find.end - (kExcerptLines - 2);
    }
    text.append(lines[i].substr(find.prefix.size())).append("\n");
  }
  return text;
}

}  // namespace

Failure find_failure(std::string_view text) {
  const CleanText clean = clean_text(text, {.line_bytes_max = kLineBytesMax,
                                            .lines_max = static_cast<std::size_t>(kTailBytes),
                                            .collapse = false});
  const std::vector<std::string_view> lines = split_lines(clean.text);
  if (lines.empty()) return {};
  const std::optional<Find> found = find_cause(lines);
  const Find find = found.value_or(Find{
      lines.size() - std::min(lines.size(), kExcerptLines), lines.size() - 1, lines.size(), {}});
  const std::string_view cause = lines[find.cause].substr(find.prefix.size());
  return {signature_of(cause), excerpt_of(lines, find), std::string(cause), found.has_value()};
}

Result<Failure> read_failure(const AttemptFolder& folder) {
  const auto read = [&](LogStream stream) -> Result<Failure> {
    TRY(const LogText log, LogText::open(folder, stream));
    return find_failure(log.read(std::max<std::int64_t>(0, log.size() - kTailBytes), kTailBytes));
  };
  TRY(Failure errors, read(LogStream::kStderr));
  if (errors.recognised) return errors;
  TRY(Failure output, read(LogStream::kStdout));
  if (output.recognised || errors.signature.empty()) return output;
  return errors;
}

}  // namespace pawl
