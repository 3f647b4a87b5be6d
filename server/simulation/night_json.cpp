#include "server/simulation/night_json.h"

#include <nlohmann/json.hpp>

namespace pawl::simulation {
namespace {

using Json = nlohmann::ordered_json;

Json part_of_bill(Milliseconds time, Money cost) {
  return {{"gpu_seconds", static_cast<double>(time.count()) / 1'000}, {"usd_micro", cost.micros()}};
}

Json to_json(const Rung& rung) {
  const Night& night = rung.night;
  return {{"cause", rung.cause},
          {"submitted", night.submitted},
          {"valid", night.valid},
          {"failed", night.failed},
          {"unfinished", night.unfinished},
          {"refused", night.refusals},
          {"seconds", static_cast<double>(night.lasted.count()) / 1'000},
          {"wait_seconds",
           {{"p50", static_cast<double>(night.wait_p50.count()) / 1'000},
            {"p90", static_cast<double>(night.wait_p90.count()) / 1'000}}},
          {"usd_micro", night.bill().micros()},
          {"useful_share", night.useful()},
          {"training", part_of_bill(night.trained, night.for_training)},
          {"overhead", part_of_bill(night.overhead, night.for_overhead)},
          {"failures", part_of_bill(night.wasted, night.for_failed)},
          {"idle", part_of_bill(night.idle, night.for_idle)},
          {"start", night.start},
          {"best", night.best ? Json(*night.best) : Json()}};
}

}  // namespace

std::string json_of(const std::vector<Rung>& rungs, const std::vector<Compared>& compared) {
  Json nights = Json::array();
  for (const Rung& rung : rungs) nights.push_back(to_json(rung));
  Json figures = Json::array();
  for (const auto& [figure, simulated, holds] : compared) {
    figures.push_back({{"name", figure.name},
                       {"of", figure.of == FigureOf::kPublished ? "published" : "pawl"},
                       {"stated", figure.least ? *figure.least : *figure.equals},
                       {"simulated", simulated},
                       {"input", figure.input},
                       {"holds", holds}});
  }
  return Json{{"nights", nights}, {"figures", figures}}.dump(2, ' ', false,
                                                             Json::error_handler_t::replace);
}

}  // namespace pawl::simulation
