#include "server/simulation/night_text.h"

#include <fmt/format.h>

#include <cmath>

#include "server/core/text.h"

namespace pawl::simulation {
namespace {

std::string cost_line(std::string_view what, Milliseconds time, Money cost) {
  return fmt::format("  {:<10} {:>8.2f} GPU-h  {:>9} USD\n", what,
                     static_cast<double>(time.count()) / 3'600'000, format_usd(cost));
}

std::string number(double value) {
  return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

}  // namespace

std::string text_of(const Night& night) {
  std::string text =
      fmt::format("{} experiments: {} valid, {} failed, {} not finished; {} attempts\n",
                  night.submitted, night.valid, night.failed, night.unfinished, night.attempts);
  for (const auto& [line, times] : night.refusals)
    text += fmt::format("refused {} by {}\n", times == 1 ? "once" : fmt::format("{} times", times),
                        line);
  text += fmt::format("lasted {}; waits p50 {}, p90 {}\n", format_duration(night.lasted),
                      format_duration(night.wait_p50), format_duration(night.wait_p90));
  text += fmt::format("cost {} USD; {:.0f} % of the paid GPU time trained\n",
                      format_usd(night.bill()), 100 * night.useful());
  text += cost_line("training", night.trained, night.for_training);
  text += cost_line("overhead", night.overhead, night.for_overhead);
  text += cost_line("failed", night.wasted, night.for_failed);
  text += cost_line("idle", night.idle, night.for_idle);
  if (night.best) text += fmt::format("best {:.4f}, from {:.4f}\n", *night.best, night.start);
  return text;
}

std::string table_of(const std::vector<Rung>& rungs) {
  std::string text = "| | submitted | valid | hours | USD | useful |\n|---|---|---|---|---|---|\n";
  for (const Rung& rung : rungs) {
    text +=
        fmt::format("| {} | {} | {} | {:.2f} | {} | {:.0f} % |\n", rung.cause, rung.night.submitted,
                    rung.night.valid, measured(rung.night, Measure::kHours),
                    format_usd(rung.night.bill()), 100 * rung.night.useful());
  }
  return text;
}

std::vector<Compared> compare(const std::vector<ScenarioFigure>& figures,
                              const std::vector<Rung>& rungs) {
  std::vector<Compared> compared;
  for (const ScenarioFigure& figure : figures) {
    const Rung& rung = figure.of == FigureOf::kPublished ? rungs.front() : rungs.back();
    const double found = measured(rung.night, figure.measure);
    const bool holds = figure.least
                           ? found >= *figure.least
                           : std::abs(found - *figure.equals) <= figure.within * *figure.equals;
    compared.push_back({figure, found, holds});
  }
  return compared;
}

std::string table_of(const std::vector<Compared>& compared) {
  std::string text = "| figure | of | stated | simulated | |\n|---|---|---|---|---|\n";
  for (const auto& [figure, simulated, holds] : compared) {
    const std::string stated =
        figure.least
            ? "at least " + number(*figure.least)
            : fmt::format("{} (within {:.0f} %)", number(*figure.equals), 100 * figure.within);
    text += fmt::format("| {} | {} | {} | {} | {}{} |\n", figure.name,
                        figure.of == FigureOf::kPublished ? "published" : "pawl", stated,
                        number(simulated), figure.input ? "input" : "derived",
                        holds ? "" : ", **off**");
  }
  return text;
}

}  // namespace pawl::simulation
