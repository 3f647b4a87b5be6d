#include "trainer/app/command_line.h"

#include <cstdio>

namespace trainer {

Result<void> refuse_words(const CommandLine& line, const std::string& command) {
  if (line.words.empty()) return {};
  return fail(command + " takes no argument \"" + line.words.front() + "\"",
              "Knobs are written --name=value.");
}

Result<bool> read_arguments(const Knobs& knobs, Arguments arguments, const std::string& usage) {
  TRY(const CommandLine line, parse_arguments(knobs, arguments));
  if (line.wants_help) {
    std::printf("pawl-train %s\n\n%s", usage.c_str(), help_text(knobs).c_str());
    return false;
  }
  CHECK_OK(refuse_words(line, usage.substr(0, usage.find(' '))));
  CHECK_OK(set_knobs(knobs, line.settings));
  return true;
}

}  // namespace trainer
