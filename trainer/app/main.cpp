// pawl-train: a GPT pretrainer with a fixed budget, judged by validation bits per byte.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "trainer/app/commands.h"
#include "trainer/app/guarded.h"
#include "trainer/core/text.h"

namespace {

using namespace trainer;

struct Command {
  std::string name, meaning;
  Result<int> (*run)(Arguments arguments);
};

const std::array kCommands = {
    Command{"prepare", "text to a tokenizer and shards of tokens", prepare_command},
    Command{"train", "train a model until its budget is used, and judge it", train_command},
    Command{"eval", "judge a trained model", eval_command},
    Command{"bench", "how fast this machine trains", bench_command},
    Command{"check", "gradients against finite differences", check_command},
    Command{"golf", "the best score in a number of bytes: pack, check, eval", golf_command},
};

std::string help() {
  std::string text = "pawl-train COMMAND [--help] [--NAME=VALUE ...]\n\n";
  for (const Command& command : kCommands) {
    text += format("  %-8s %s\n", command.name.c_str(), command.meaning.c_str());
  }
  return text;
}

int report(const Error& error) {
  std::fprintf(stderr, "pawl-train: %s\n", error.message.c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "%s\n", error.hint.c_str());
  return 1;
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      arguments[0] == "help") {
    std::fputs(help().c_str(), arguments.empty() ? stderr : stdout);
    return arguments.empty() ? 2 : 0;
  }
  const auto* const command = std::ranges::find(kCommands, arguments[0], &Command::name);
  if (command == kCommands.end()) {
    std::vector<std::string> names;
    for (const Command& known : kCommands) names.push_back(known.name);
    report({"there is no command \"" + arguments[0] + "\"",
            "pawl-train --help lists them." + did_you_mean(arguments[0], names)});
    return 2;
  }
  const Result<int> status = guarded([&] { return command->run(Arguments(arguments).subspan(1)); });
  return status ? *status : report(status.error());
}

}  // namespace

int main(int count, char** values) {
  return run(std::vector<std::string>(values + 1, values + count));
}
