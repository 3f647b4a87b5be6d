#include "trainer/app/train_config.h"

#include <array>

#include "trainer/core/text.h"

namespace trainer {
namespace {

constexpr double kBig = 1e15;
// The loss sums the exponentials of logits unshifted: a float holds 65,536 of e^75.
constexpr double kSoftcapMax = 75;

Knobs model_knobs(TrainConfig& c) {
  return {
      {"depth", &c.model.depth, {1, 64}, "layers"},
      {"aspect_ratio", &c.aspect_ratio, {1, 4096}, "channels for each layer of depth"},
      {"head_dim",
       &c.model.head_dim,
       {2, 256},
       "channels of a head; the width is a multiple of it"},
      {"context", &c.model.context, {2, 65536}, "tokens of a row"},
      {"window_pattern", &c.model.window_pattern, {}, "by layer: S sees half the context, L all"},
      {"mlp_ratio", &c.model.mlp_ratio, {1, 16}, "hidden channels for each channel"},
      {"value_embeddings", &c.model.value_embeddings, {}, "on every other layer"},
      {"rope_base", &c.model.rope_base, {2, 1e7}, "of the rotary frequencies"},
      {"softcap", &c.model.softcap, {1, kSoftcapMax}, "logits are softcap tanh(z / softcap)"},
      {"embedding_init", &c.initial.embedding, {0, 100}, "standard deviation of the embedding"},
      {"head_init", &c.initial.head, {0, 10}, "standard deviation of the head"},
      {"lambda_init", &c.initial.lambda, {-10, 10}, "weight of the residual stream in each layer"},
      {"mu_init", &c.initial.mu, {-10, 10}, "weight of the embedding mixed into each layer"},
  };
}

Knobs optimizer_knobs(TrainConfig& c) {
  OptimizerOptions& o = c.optimizer;
  return {
      {"embedding_lr", &o.embedding_lr, {0, 100}, "of embeddings, at width 768"},
      {"unembedding_lr", &o.head_lr, {0, 10}, "of the head, at width 768"},
      {"matrix_lr", &o.matrix_lr, {0, 10}, "of Muon"},
      {"lambda_lr", &o.lambda_lr, {0, 10}, "of the residual weights"},
      {"mu_lr", &o.mu_lr, {0, 10}, "of the embedding's weights"},
      {"adam_beta1", &o.adam_beta1, {0, 0.9999}, "mean of gradients"},
      {"adam_beta2", &o.adam_beta2, {0, 0.99999}, "mean of squares"},
      {"mu_beta1", &o.mu_beta1, {0, 0.9999}, "adam_beta1 of the embedding's weights"},
      {"adam_epsilon", &o.adam_epsilon, {1e-30, 1}, "added to the root"},
      {"muon_beta2", &o.muon_beta2, {0, 0.99999}, "mean of squares of NorMuon"},
      {"muon_momentum_start", &o.schedule.muon_momentum_start, {0, 0.9999}, "at the first step"},
      {"muon_momentum_end",
       &o.schedule.muon_momentum_end,
       {0, 0.9999},
       "from muon_momentum_steps on"},
      {"muon_momentum_steps", &o.schedule.muon_momentum_steps, {1, 1e9}, "of the rise"},
      {"weight_decay", &o.schedule.weight_decay, {0, 10}, "of Muon's matrices, falls to 0"},
      {"warmup_ratio", &o.schedule.warmup, {0, 1}, "share of the budget in which rates rise"},
      {"warmdown_ratio", &o.schedule.warmdown, {0, 1}, "share of the budget in which rates fall"},
      {"final_lr_frac", &o.schedule.final_fraction, {0, 1}, "of each rate at the end"},
  };
}

Knobs run_knobs(TrainConfig& c) {
  return {
      {"total_batch_size", &c.total_batch_size, {1, kBig}, "tokens of a step"},
      {"device_batch_size", &c.device_batch_size, {1, 65536}, "rows of a micro-batch"},
      {"budget_kind", &c.budget_kind, {.choices = budget_kinds()}, "what the budget counts"},
      {"budget", &c.budget, {-kBig, 1e30}, "of training; evaluation comes on top"},
      {"seed", &c.seed, {0, 9e15}, "of the parameters and of the order of documents"},
      {"drop_tails", &c.drop_tails, {}, "the packer drops what it crops, as autoresearch does"},
      {"eval_tokens", &c.eval_tokens, {1, kBig}, "at most, of the validation split"},
      {"eval_packing",
       &c.eval_packing,
       {.choices = {"stream", "best_fit"}},
       "stream judges every byte of the split once"},
      {"bytes",
       &c.bytes,
       {.choices = {"exact", "autoresearch"}},
       "of a token; autoresearch's count flatters broken UTF-8"},
  };
}

// A preset is a config file over autoresearch's defaults.
struct Preset {
  std::string_view name, text;
};
constexpr std::array kPresets = {
    Preset{"autoresearch", ""},
    Preset{"10s", R"(
depth = 2
aspect_ratio = 64
head_dim = 64
context = 256
total_batch_size = 2048
device_batch_size = 8
budget = 10
drop_tails = false
eval_packing = "stream"
)"},
    Preset{"60s", R"(
depth = 2
aspect_ratio = 128
head_dim = 64
context = 256
total_batch_size = 4096
device_batch_size = 8
budget = 60
drop_tails = false
eval_packing = "stream"
)"},
    Preset{"300s", R"(
depth = 4
aspect_ratio = 64
head_dim = 64
context = 256
total_batch_size = 4096
device_batch_size = 16
budget = 300
drop_tails = false
eval_packing = "stream"
)"},
};

}  // namespace

Knobs knobs(TrainConfig& config) {
  return joined(model_knobs(config), joined(optimizer_knobs(config), run_knobs(config)));
}

std::vector<std::string> preset_names() {
  std::vector<std::string> names;
  for (const Preset& one : kPresets) names.emplace_back(one.name);
  return names;
}

Result<TrainConfig> preset(std::string_view name) {
  for (const Preset& one : kPresets) {
    if (one.name != name) continue;
    TrainConfig config;
    TRY(const auto settings, parse_config(one.text, one.name));
    CHECK_OK(set_knobs(knobs(config), settings));
    return config;
  }
  return fail(
      "there is no preset \"" + std::string(name) + "\"",
      "The presets are listed by: pawl-train train --help." + did_you_mean(name, preset_names()));
}

Result<void> complete(TrainConfig& config, std::int64_t vocabulary, int ranks) {
  config.model.width = width_of(config.model.depth, config.aspect_ratio, config.model.head_dim);
  config.model.vocabulary = vocabulary;
  CHECK_OK(check(config.model));
  const std::int64_t rows = config.device_batch_size * config.model.context * ranks;
  const std::string product = (ranks > 1 ? format("%d ranks x ", ranks) : "") +
                              "device_batch_size x context = " + grouped(rows);
  if (config.total_batch_size < rows) {
    return fail("total_batch_size " + grouped(config.total_batch_size) + " is less than " + product,
                "Raise it, or lower device_batch_size.");
  }
  if (config.total_batch_size % rows != 0) {
    return fail(
        "total_batch_size " + grouped(config.total_batch_size) + " is not a multiple of " + product,
        format("%s or %s would do.", grouped(config.total_batch_size / rows * rows).c_str(),
               grouped((config.total_batch_size / rows + 1) * rows).c_str()));
  }
  CHECK_OK(BudgetMeter::create({*budget_kind(config.budget_kind), config.budget}));
  return {};
}

}  // namespace trainer
