#include "trainer/app/training.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>

#include "trainer/checkpoint/state_text.h"
#include "trainer/core/buffer.h"
#include "trainer/core/clock.h"
#include "trainer/core/digest.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

constexpr double kLossMax = 100;  // above it a run has failed

PackerOptions packer_options(const TrainConfig& config) {
  return {.row_tokens = config.model.context + 1,
          .seed = static_cast<std::uint64_t>(config.seed),
          .drop_tails = config.drop_tails};
}

std::span<const std::byte> bytes_of(const float* data, std::int64_t count) {
  return std::as_bytes(std::span(data, static_cast<std::size_t>(count)));
}

Result<void> fill(const Checkpoint& checkpoint, const std::string& name, std::span<float> to) {
  TRY(const auto bytes, checkpoint.blob(name, to.size_bytes()));
  std::memcpy(to.data(), bytes.data(), bytes.size());
  return {};
}

// The first line in which two configs differ, or empty.
std::string difference(std::string_view ours, std::string_view theirs) {
  while (!ours.empty() || !theirs.empty()) {
    const std::string_view our_line = ours.substr(0, ours.find('\n'));
    const std::string_view their_line = theirs.substr(0, theirs.find('\n'));
    if (our_line != their_line) {
      return "it has " + std::string(their_line) + ", this run " + std::string(our_line);
    }
    ours.remove_prefix(std::min(ours.size(), our_line.size() + 1));
    theirs.remove_prefix(std::min(theirs.size(), their_line.size() + 1));
  }
  return {};
}

// Memory that is taken and not yet touched costs nothing, so this is asked before the first use.
Result<void> check_memory(std::int64_t needed) {
  const std::int64_t available = available_memory_bytes();
  if (needed <= available) return {};
  constexpr double kGigabyte = 1e9;
  return fail(
      format("this model and batch need %.1f GB of memory, %.1f GB are free",
             static_cast<double>(needed) / kGigabyte, static_cast<double>(available) / kGigabyte),
      "Lower device_batch_size, context or depth, or begin with --preset 10s.");
}

std::string config_text(const TrainConfig& config) {
  TrainConfig copy = config;
  return print_config(knobs(copy));
}

}  // namespace

Identity identity_of(const Vocabulary& vocabulary, const ModelShape& shape) {
  return {vocabulary.digest(), digest(shape.text())};
}

Result<std::unique_ptr<Training>> Training::create(Machine& machine, const Dataset& data,
                                                   const TrainConfig& config) {
  TRY(BudgetMeter meter, BudgetMeter::create({*budget_kind(config.budget_kind), config.budget}));
  std::unique_ptr<Training> training(new Training(machine, data, config, meter));
  CHECK_OK(check_memory(machine.ops().allocated_bytes()));
  training->warm_up();
  return training;
}

Training::Training(Machine& machine, const Dataset& data, const TrainConfig& config,
                   BudgetMeter meter)
    : data_(data),
      config_(config),
      machine_(machine),
      model_(machine.ops(), config.model, config.device_batch_size),
      optimizer_(machine.ops(), model_, config.optimizer),
      packer_(data.train(), packer_options(config)),
      meter_(meter),
      row_(static_cast<std::size_t>(config.model.context) + 1),
      inputs_(static_cast<std::size_t>(model_.tokens())),
      targets_(inputs_.size()) {}

void Training::warm_up() {
  std::ranges::fill(inputs_, data_.vocabulary().bos());
  model_.forward_backward(inputs_, inputs_, 0);
  model_.zero_gradients();
  optimizer_.step(0, 1);  // gradients and moments are zero, and so is the decay: nothing moves
  const auto initial =
      initial_parameters(config_.model, config_.initial, static_cast<std::uint64_t>(config_.seed));
  machine_.ops().copy_in(model_.parameters(), initial.data(), model_.list().total);
  meter_.begin();
}

void Training::take_rows() {
  const auto context = static_cast<std::size_t>(config_.model.context);
  for (std::size_t row = 0; row < static_cast<std::size_t>(config_.device_batch_size); ++row) {
    packer_.next_row(row_);
    std::copy_n(row_.begin(), context,
                inputs_.begin() + static_cast<std::ptrdiff_t>(row * context));
    std::copy_n(row_.begin() + 1, context,
                targets_.begin() + static_cast<std::ptrdiff_t>(row * context));
  }
}

Result<bool> Training::step(const std::function<bool()>& stop, StepReport& report) {
  const double began = monotonic_seconds();
  const double cpu_began = cpu_seconds();
  if (config_.micro_batches() > 1) packer_before_ = packer_.state();
  const double scale = 1.0 / static_cast<double>(config_.total_batch_size);
  double sum = 0;
  model_.zero_gradients();
  for (std::int64_t i = 0; i < config_.micro_batches(); ++i) {
    if (stop()) return false;
    take_rows();
    sum += model_.forward_backward(inputs_, targets_, scale);
  }
  report.loss = sum * scale;
  CHECK_OK(check_loss(report.loss));
  optimizer_.step(steps_, meter_.progress());
  ++steps_;
  report.seconds = monotonic_seconds() - began;
  training_seconds_ += report.seconds;
  meter_.charge({.seconds = report.seconds,
                 .cpu_seconds = cpu_seconds() - cpu_began,
                 .tokens = config_.total_batch_size,
                 .flops = flops_per_token(config_.model, FlopCount::kFormula) *
                          static_cast<double>(config_.total_batch_size)});
  packer_before_.reset();
  return true;
}

Result<void> Training::check_loss(double loss) {
  if (std::isfinite(loss) && loss <= kLossMax) return {};
  std::string where = "all parameters are finite";
  for (const ParameterSpec& spec : model_.list().specs) {
    const float* values = model_.parameter(spec).data;
    if (!std::all_of(values, values + spec.size(), [](float x) { return std::isfinite(x); })) {
      where = "the first parameter that is not finite is " + spec.name;
      break;
    }
  }
  return fail(format("loss %g at step %lld; %s", std::abs(loss),  // no "-nan"
                     static_cast<long long>(steps_), where.c_str()),
              "Lower the learning rates, or clip what was made larger.");
}

std::vector<Blob> Training::model_blobs() {
  std::vector<Blob> blobs;
  for (const ParameterSpec& spec : model_.list().specs) {
    blobs.push_back({spec.name, bytes_of(model_.parameter(spec).data, spec.size())});
  }
  return blobs;
}

std::string Training::state() const {
  StateText state;
  state.set("steps", steps_);
  state.set("used", meter_.used());
  state.set("training_seconds", training_seconds_);
  state.set("packer", packer_before_ ? *packer_before_ : packer_.state());
  return state.text();
}

CheckpointContents Training::contents() {
  return {identity_of(data_.vocabulary(), config_.model), config_text(config_), state(),
          model_blobs()};
}

Result<void> Training::snapshot(const std::filesystem::path& path) {
  CheckpointContents all = contents();
  all.blobs.push_back({"optimizer.first", bytes_of(optimizer_.first(), optimizer_.first_size())});
  all.blobs.push_back(
      {"optimizer.second", bytes_of(optimizer_.second(), optimizer_.second_size())});
  return write_checkpoint(path, all);
}

Result<void> Training::save_model(const std::filesystem::path& path) {
  return write_checkpoint(path, contents());
}

Result<void> Training::restore(const Checkpoint& checkpoint) {
  CHECK_OK(checkpoint.fits(identity_of(data_.vocabulary(), config_.model)));
  const std::string differs = difference(config_text(config_), checkpoint.config());
  if (!differs.empty()) {
    return fail("the checkpoint is of another run: " + differs,
                "Resume with the knobs it began with, or give another checkpoint_dir.");
  }
  TRY(const StateText state, StateText::parse(checkpoint.state()));
  TRY(steps_, state.get<std::int64_t>("steps"));
  TRY(const double used, state.get<double>("used"));
  TRY(training_seconds_, state.get<double>("training_seconds"));
  TRY(const std::string packer, state.get<std::string>("packer"));
  CHECK_OK(packer_.restore(packer));
  TRY(meter_, BudgetMeter::create(meter_.budget(), used));
  meter_.begin();
  CHECK_OK(load_parameters(checkpoint, model_));
  const auto first = static_cast<std::size_t>(optimizer_.first_size());
  const auto second = static_cast<std::size_t>(optimizer_.second_size());
  CHECK_OK(fill(checkpoint, "optimizer.first", {optimizer_.first(), first}));
  return fill(checkpoint, "optimizer.second", {optimizer_.second(), second});
}

Result<Evaluation> Training::evaluate() { return evaluate_model(model_, data_, config_); }

Result<void> load_parameters(const Checkpoint& checkpoint, Model<CpuOps<float>>& model) {
  for (const ParameterSpec& spec : model.list().specs) {
    CHECK_OK(fill(checkpoint, spec.name,
                  {model.parameter(spec).data, static_cast<std::size_t>(spec.size())}));
  }
  return {};
}

}  // namespace trainer
