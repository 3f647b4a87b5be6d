// What the commands have in common: arguments into knobs, help, and no stray words.
#pragma once
#include <string>

#include "trainer/app/commands.h"
#include "trainer/core/config.h"

namespace trainer {

// Refuses arguments that are no knobs.
Result<void> refuse_words(const CommandLine& line, const std::string& command);

// Sets the knobs from the arguments of "pawl-train USAGE", USAGE beginning with the command's name.
// False: it was asked for help, which is printed.
Result<bool> read_arguments(const Knobs& knobs, Arguments arguments, const std::string& usage);

}  // namespace trainer
