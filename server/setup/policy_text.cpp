#include "server/setup/policy_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace pawl {
namespace {

constexpr int kAttempts = 2;  // the first, and one retry
constexpr std::int64_t kTotalOverDay = 10;
constexpr int kLongerValidate = 4;
constexpr int kShorterSmoke = 3;
constexpr int kOtherMinutes = 30;          // where no stage says: enough for an environment's build
constexpr std::chrono::minutes kSlack{2};  // start, grace and report of an attempt

// Exact: "2.39", "0.000001", at least two decimals.
std::string decimal(Money money) {
  std::string text =
      fmt::format("{}.{:06}", money.micros() / 1'000'000, money.micros() % 1'000'000);
  while (text.ends_with('0') && text[text.size() - 3] != '.') text.pop_back();
  return text;
}

struct Minutes {
  int smoke, screen, validate, other;
};

Minutes minutes_of(const PolicyChoices& choices) {
  const int minutes = choices.minutes;
  const int other = std::max(minutes, kOtherMinutes);
  if (choices.fixed_time) return {minutes, minutes, minutes, other};
  return {std::max(1, minutes / kShorterSmoke), minutes, minutes * kLongerValidate, other};
}

// The cap of one experiment: its longest stage with every attempt, and never over the day's.
Money experiment_cap(const PolicyChoices& choices, int minutes) {
  const Money dearest = cost({choices.price}, kAttempts, std::chrono::minutes(minutes) + kSlack);
  return std::min(cents_up(dearest), choices.day);
}

std::string quoted_pools(const std::vector<MachinePart>& parts) {
  std::string list;
  for (const MachinePart& part : parts) list += (list.empty() ? "\"" : ", \"") + part.pool + "\"";
  return "[" + list + "]";
}

// The main pool last: whether a change runs at all may be tried elsewhere.
std::string smoke_pools(std::vector<MachinePart> parts) {
  std::ranges::rotate(parts, parts.begin() + 1);
  return quoted_pools(parts);
}

// "day = 2.40               # USD"
std::string key(const std::string& setting, std::string_view comment = {}) {
  return comment.empty() ? setting + "\n" : fmt::format("{:<25} # {}\n", setting, comment);
}
std::string number(const char* name, int value, std::string_view comment = {}) {
  return key(fmt::format("{} = {}", name, value), comment);
}

std::string budget_lines(const PolicyChoices& choices, int longest) {
  const Money total = Money::micros(choices.day.micros() * kTotalOverDay);
  return "# A job starts only if spent + reserved (the worst case of all that runs) + its own "
         "worst "
         "case fits.\n[budget]\n" +
         key("day = " + decimal(choices.day), "USD, from midnight to midnight") +
         (choices.night
              ? key("night = { usd = " + decimal(*choices.night) + ", window = \"22:00-07:00\" }",
                    "beside the day")
              : "") +
         key("total = " + decimal(total)) +
         key("experiment = " + decimal(experiment_cap(choices, longest)),
             "one experiment with all its attempts");
}

std::string job_lines(const std::vector<MachinePart>& parts, int minutes) {
  std::int32_t units = 0;
  for (const MachinePart& part : parts) units += part.count;
  return "\n[jobs]\n" +
         number("max_concurrent", units,
                parts.front().kind.empty() ? "as many as there are slots"
                                           : "as many as there are GPUs") +
         number("max_queued", 200) +
         number("max_minutes", minutes,
                "where a stage says nothing: wall clock of one attempt, build included") +
         number("max_retries", kAttempts - 1, "attempts after the first") +
         number("gpus_per_job", 1, "on a pool without GPUs: slots");
}

std::string stage(const std::string& name, std::string_view about, const std::string& pools,
                  int minutes) {
  return "\n" + key("[stage." + name + "]", about) + key("pools = " + pools) +
         number("max_minutes", minutes);
}

std::string stage_lines(const std::vector<MachinePart>& parts, const Minutes& minutes) {
  const std::string main = quoted_pools({parts.front()});
  std::string text =
      "\n# Stages are how an agent asks for speed without knowing hardware." +
      stage("smoke", "does it run at all?", smoke_pools(parts), minutes.smoke) +
      stage("screen", "many experiments, compared with one another", main, minutes.screen) +
      stage("validate", "few, to confirm what screening found", main, minutes.validate) +
      number("max_concurrent", std::max(1, parts.front().count / 2));
  if (parts.size() > 1) {
    text +=
        "\n# screen and validate name one pool: results are ranked only inside one class, so a "
        "second kind of GPU\n# would make two rankings. smoke uses the others first.\n";
  }
  return text;
}

std::string pool_lines(const MachinePart& part, const PolicyChoices& choices, char letter) {
  const std::string unit = part.kind.empty() ? "slot" : "GPU";
  const char* const origin =
      choices.price_was_given ? "" : "; an accounting default of `pawl init`, not a market price";
  return "\n" + key("[pool." + part.pool + "]", fmt::format("{} x {}", part.count, part.name)) +
         key(part.kind.empty() ? "kind = \"cpu\"" : "gpu = \"" + part.kind + "\"") +
         key("count = \"auto\"", "as many as the machine has") +
         key("price = " + decimal(choices.price), "USD per " + unit + " and hour" + origin) +
         (choices.metered
              ? key("billing = \"metered\"", "somebody sends a bill")
              : key("billing = \"owned\"", "the price is for accounting: nobody sends a bill")) +
         key(fmt::format("class = \"{}\"", letter), "results are ranked only inside one class");
}

}  // namespace

std::string default_text(const std::vector<MachinePart>& parts, const PolicyChoices& choices) {
  const Minutes minutes = minutes_of(choices);
  return "# Who may spend what, on which stages. `pawl init` wrote it for this machine; it belongs "
         "to you: edit it,\n"
         "# then `pawl policy check`. `pawl policy explain` says what holds and why. A running "
         "server reads it at its\n"
         "# next start.\n" +
         number("policy", 1) +
         key("timezone = \"" + choices.timezone + "\"", "a day begins and ends at its midnight") +
         "\n" + budget_lines(choices, std::max(minutes.other, minutes.validate)) +
         job_lines(parts, minutes.other) + stage_lines(parts, minutes);
}

std::string pools_text(const std::vector<MachinePart>& parts, const PolicyChoices& choices) {
  std::string text =
      "# Where attempts run, with prices. Stages name these pools; agents never see one.\n"
      "# `pawl init` found these parts of the machine.\n";
  char letter = 'A';
  for (const MachinePart& part : parts) {
    text += pool_lines(part, choices, letter);
    letter = letter == 'Z' ? 'Z' : static_cast<char>(letter + 1);
  }
  return text;
}

}  // namespace pawl
