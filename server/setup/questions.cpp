#include "server/setup/questions.h"

#include <fmt/format.h>

#include <charconv>

#include "server/policy/key_values.h"
#include "server/setup/local_zone.h"

namespace pawl {
namespace {

constexpr int kMinutesMax = 1'440;

Result<int> minutes_in(const std::string& text) {
  int minutes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), minutes);
  if (error == std::errc() && end == text.data() + text.size() && minutes >= 1 &&
      minutes <= kMinutesMax)
    return minutes;
  return fail(ErrorKind::kInvalid,
              fmt::format("\"{}\" is not a number of minutes from 1 to {}", text, kMinutesMax));
}

template <class V>
Result<void> check_with(const Codec<V>& codec, const std::string& text) {
  CHECK_OK(codec.read({.kind = TomlKind::kText, .place = {}, .text = text}));
  return {};
}

Result<void> check_command(const std::string& text) {
  TRY(const auto words, words_of(text));
  if (words.empty()) return fail(ErrorKind::kInvalid, "a command has at least one word");
  return {};
}

Result<void> check_direction(const std::string& text) {
  if (text == "min" || text == "max") return {};
  return fail(ErrorKind::kInvalid, "\"" + text + "\" is neither min nor max");
}

Result<void> check_name(const std::string& text) { return check_with(name_text(), text); }
Result<void> check_metric(const std::string& text) { return check_with(metric_key(), text); }
Result<void> check_minutes(const std::string& text) {
  CHECK_OK(minutes_in(text));
  return {};
}
Result<void> check_amount(const std::string& text) {
  TRY(const Money money, parse_usd(text));
  if (money == Money()) return fail(ErrorKind::kInvalid, "it must be over 0");
  return {};
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && word.find_first_of(" '\"") == std::string::npos;
    text += (text.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return text;
}

// All at once: nobody wants to learn of the flags one by one.
Result<void> check_flags(const ProjectDraft& draft, const InitFlags& flags) {
  std::string missing;
  const auto need = [&](const std::string& flag, bool known) {
    if (!known) missing += (missing.empty() ? "" : ", ") + flag;
  };
  need("--command", !flags.command.empty() || !draft.file.command.empty());
  need("--metric", !flags.metric.empty() || !draft.file.goal.metric.empty());
  need("--direction", !flags.direction.empty() || !draft.file.goal.metric.empty());
  if (missing.empty()) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("this is {}; missing, with no terminal to ask: {}", draft.what, missing),
              "For example: pawl init --command 'python3 train.py' --metric val_loss --direction "
              "min. The metric is read from metrics.jsonl, or from a line \"val_loss: 1.23\" of "
              "the output.");
}

std::string price_question(const std::vector<MachinePart>& parts) {
  return fmt::format("What does one {} cost for an hour, in USD?",
                     parts.front().kind.empty() ? "slot" : "GPU");
}

Result<bool> ask_billing(const InitFlags& flags, Interview& interview) {
  if (flags.metered && flags.owned)
    return fail(ErrorKind::kInvalid, "--metered and --owned exclude one another");
  const auto check = [](const std::string& text) -> Result<void> {
    if (text == "owned" || text == "metered") return {};
    return fail(ErrorKind::kInvalid, "\"" + text + "\" is neither owned nor metered");
  };
  const std::string given = flags.metered ? "metered" : flags.owned ? "owned" : "";
  TRY(const std::string answer,
      interview.ask(
          {.text = "Is this machine owned, or metered (somebody sends a bill by the hour)?",
           .flag = "--owned or --metered",
           .fallback = "owned",
           .check = check},
          given));
  return answer == "metered";
}

}  // namespace

Result<void> ask_about_project(ProjectDraft& draft, const InitFlags& flags, Interview& interview) {
  if (!interview.terminal()) CHECK_OK(check_flags(draft, flags));
  ProjectFile& file = draft.file;
  const bool known = !file.goal.metric.empty();  // recognised: only flags change it
  const auto ask = [&](Question question, const std::string& given) -> Result<std::string> {
    if (known && given.empty()) return question.fallback;
    return interview.ask(question, given);
  };
  TRY(file.name, ask({"What is the project called?", "--name", file.name, check_name}, flags.name));
  TRY(const std::string command,
      ask({"What does one experiment run?", "--command", joined(file.command), check_command},
          flags.command));
  TRY(file.command, words_of(command));
  TRY(file.goal.metric,
      ask({"Which number says how good it was?", "--metric", file.goal.metric, check_metric},
          flags.metric));
  TRY(const std::string direction,
      ask({"Is lower better (min), or higher (max)?", "--direction", "min", check_direction},
          flags.direction));
  file.goal.direction = direction == "min" ? Direction::kMin : Direction::kMax;
  return {};
}

Result<PolicyChoices> ask_about_money(const std::vector<MachinePart>& parts,
                                      const PolicyStart& start, const InitFlags& flags,
                                      Interview& interview) {
  PolicyChoices choices{.fixed_time = start.fixed_time, .timezone = local_zone()};
  TRY(choices.metered, ask_billing(flags, interview));
  const Money accounting = parts.front().kind.empty() ? kAccountingSlotHour : kAccountingGpuHour;
  TRY(const std::string price,
      interview.ask({.text = price_question(parts),
                     .flag = "--price",
                     .fallback = choices.metered ? "" : format_usd(accounting),
                     .check = check_amount},
                    flags.price));
  TRY(choices.price, parse_usd(price));
  choices.price_was_given = !flags.price.empty() || choices.price != accounting;
  TRY(const std::string day,
      interview.ask({.text = "How many USD may be spent a day, at most? Twelve hours of the whole "
                             "machine are the default.",
                     .flag = "--cap-day",
                     .fallback = format_usd(night_of(parts, choices.price)),
                     .check = check_amount},
                    flags.cap_day));
  TRY(choices.day, parse_usd(day));
  if (!flags.cap_night.empty()) {
    TRY(choices.night, parse_usd(flags.cap_night));
  }
  TRY(const std::string minutes,
      interview.ask({.text = "How many minutes may one experiment take, start and build included?",
                     .flag = "--max-minutes",
                     .fallback = std::to_string(start.minutes),
                     .check = check_minutes},
                    flags.max_minutes));
  TRY(choices.minutes, minutes_in(minutes));
  return choices;
}

}  // namespace pawl
