#include "server/records/run_files.h"

#include <nlohmann/json.hpp>

#include "server/records/file.h"

namespace pawl {
namespace {

using Json = nlohmann::ordered_json;

Result<void> put(const std::filesystem::path& folder, const char* name, const Json& json) {
  const std::string text = json.dump(2, ' ', false, Json::error_handler_t::replace);
  return write_file(folder, name, text + "\n");
}

Json to_json(const Params& params) {
  Json json = Json::object();
  for (const auto& [name, value] : params) {
    json[name] = std::visit([](const auto& v) { return Json(v); }, value);
  }
  return json;
}

Json to_json(const Amount& amount) {
  return {{"usd", format_usd(amount.money)},
          {"usd_micro", amount.money.micros()},
          {"gpu_ms", amount.gpu_time.count()}};
}

}  // namespace

Result<void> write_config(const AttemptFolder& folder, const RunConfig& config) {
  const Json json = {{"project", config.project},
                     {"job", config.job},
                     {"attempt", config.attempt},
                     {"title", config.title},
                     {"stage", config.stage},
                     {"params", to_json(config.params)},
                     {"build", config.build},
                     {"command", config.command},
                     {"seed", config.seed},
                     {"gpus", config.gpus},
                     {"limit_ms", config.limit.count()},
                     {"grace_ms", config.grace.count()}};
  CHECK_OK(put(folder.record(), "config.json", json));
  return put(folder.run(), "config.json", json);
}

Result<void> write_source(const AttemptFolder& folder, const SourceFacts& source) {
  return put(folder.record(), "source.json",
             {{"revision", source.revision},
              {"parent", source.parent},
              {"tree", source.tree},
              {"base", source.base},
              {"diff",
               {{"files", source.files},
                {"insertions", source.insertions},
                {"deletions", source.deletions}}},
              {"skipped", source.skipped},
              {"inputs", source.inputs}});
}

Result<void> write_host(const AttemptFolder& folder, const HostFacts& host) {
  return put(folder.record(), "env.json",
             {{"class", host.comparability_class},
              {"pool", host.pool},
              {"runner", host.runner},
              {"boxed", host.boxed},
              {"os", host.os},
              {"kernel", host.kernel},
              {"arch", host.arch},
              {"cpu", host.cpu},
              {"cpu_count", host.cpu_count},
              {"memory_bytes", host.memory_bytes},
              {"gpu_driver", host.gpu_driver},
              {"versions", host.versions}});
}

Result<void> write_cost(const AttemptFolder& folder, const CostFacts& cost) {
  Json phases = Json::object();
  for (const Phase& phase : cost.phases) phases[phase.name + "_ms"] = phase.time.count();
  return put(folder.record(), "cost.json",
             {{"billing", cost.metered ? "metered" : "owned"},
              {"price_per_hour_usd_micro", cost.price.per_hour.micros()},
              {"units", cost.units},
              {"reserved", to_json(cost.reserved)},
              {"settled", cost.settled ? to_json(*cost.settled) : Json()},
              {"phases", phases}});
}

Result<void> write_result(const AttemptFolder& folder, const ResultFacts& result) {
  const FinalMetrics& metrics = result.metrics;
  return put(folder.record(), "result.json",
             {{"state", result.state},
              {"reason", result.reason},
              {"metric", result.metric},
              {"value", result.value ? Json(*result.value) : Json()},
              {"metrics", metrics.values},
              {"not_finite", metrics.not_finite},
              {"intake",
               {{"lines", metrics.lines},
                {"points", metrics.points},
                {"lines_refused", metrics.lines_refused},
                {"keys_refused", metrics.keys_refused},
                {"truncated", metrics.truncated}}},
              {"artifacts", result.artifacts},
              {"error_signature", result.error_signature}});
}

}  // namespace pawl
