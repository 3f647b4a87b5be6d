#include "trainer/app/training.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

#include "trainer/app/cuda_machine.h"
#include "trainer/app/machine.h"
#include "trainer/checkpoint/state_text.h"
#include "trainer/core/clock.h"
#include "trainer/core/digest.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

PackerOptions packer_options(const TrainConfig& config) {
  return {.row_tokens = config.model.context + 1,
          .seed = static_cast<std::uint64_t>(config.seed),
          .drop_tails = config.drop_tails};
}

template <class Ops>
Result<void> fill(const Checkpoint& checkpoint, const std::string& name, Ops& ops,
                  std::span<float> to) {
  TRY(const auto bytes, checkpoint.blob(name, to.size_bytes()));
  ops.copy_in(to.data(), reinterpret_cast<const float*>(bytes.data()),
              static_cast<std::int64_t>(to.size()));
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

// One step of a model that knows nothing yet and its judging, for the memory that they need.
template <class Ops>
void rehearse(Ops& ops, const TrainConfig& config) {
  Model<Ops> model(ops, config.model, config.device_batch_size);
  Optimizer<Ops> optimizer(ops, model, config.optimizer);
  const std::vector<Token> tokens(static_cast<std::size_t>(model.tokens()));
  model.zero_gradients();
  model.forward_backward(tokens, tokens, 0);
  optimizer.step(0, 1);
  model.losses(tokens, tokens);
}

std::string config_text(const TrainConfig& config) {
  TrainConfig copy = config;
  return print_config(knobs(copy));
}

}  // namespace

Identity identity_of(const Vocabulary& vocabulary, const ModelShape& shape) {
  return {vocabulary.digest(), digest(shape.text())};
}

template <class Machine>
Result<std::unique_ptr<Training<Machine>>> Training<Machine>::create(Machine& machine,
                                                                     const Dataset& data,
                                                                     const TrainConfig& config,
                                                                     std::int64_t bucket_bytes) {
  TRY(BudgetMeter meter, BudgetMeter::create({*budget_kind(config.budget_kind), config.budget}));
  CHECK_OK(machine.reserve([&](Ops& ops) { rehearse(ops, config); }));
  std::unique_ptr<Training> training(new Training(machine, data, config, bucket_bytes, meter));
  CHECK_OK(machine.check_memory());
  training->warm_up();
  return training;
}

template <class Machine>
Training<Machine>::Training(Machine& machine, const Dataset& data, const TrainConfig& config,
                            std::int64_t bucket_bytes, BudgetMeter meter)
    : data_(data),
      config_(config),
      machine_(machine),
      model_(machine.ops(), config.model, config.device_batch_size),
      optimizer_(machine.ops(), model_, config.optimizer),
      buckets_(bucket_bytes / static_cast<std::int64_t>(sizeof(float))),
      packer_(data.train(), packer_options(config)),
      meter_(meter),
      row_(static_cast<std::size_t>(config.model.context) + 1),
      inputs_(static_cast<std::size_t>(model_.tokens())),
      targets_(inputs_.size()) {}

template <class Machine>
void Training<Machine>::warm_up() {
  std::ranges::fill(inputs_, data_.vocabulary().bos());
  model_.forward_backward(inputs_, inputs_, 0);
  model_.zero_gradients();
  optimizer_.step(0, 1);  // gradients and moments are zero, and so is the decay: nothing moves
  const auto initial =
      initial_parameters(config_.model, config_.initial, static_cast<std::uint64_t>(config_.seed));
  machine_.ops().copy_in(model_.parameters(), initial.data(), model_.list().total);
  meter_.begin();
}

template <class Machine>
void Training<Machine>::take_rows() {
  const auto context = static_cast<std::size_t>(config_.model.context);
  const World& world = machine_.world();
  skip_rows(world.rank() * config_.device_batch_size);
  for (std::size_t row = 0; row < static_cast<std::size_t>(config_.device_batch_size); ++row) {
    packer_.next_row(row_);
    std::copy_n(row_.begin(), context,
                inputs_.begin() + static_cast<std::ptrdiff_t>(row * context));
    std::copy_n(row_.begin() + 1, context,
                targets_.begin() + static_cast<std::ptrdiff_t>(row * context));
  }
  skip_rows((world.size() - 1 - world.rank()) * config_.device_batch_size);
}

template <class Machine>
void Training<Machine>::skip_rows(std::int64_t count) {
  for (std::int64_t row = 0; row < count; ++row) packer_.next_row(row_);
}

template <class Machine>
double Training<Machine>::begin_exchange(double scale) {
  struct Sender : Unheard {
    explicit Sender(Training& training) : training_(training) {}
    void finished(const ParameterSpec& spec) {
      float* const gradient = training_.model_.gradient(spec).data;
      send(training_.buckets_.add({gradient, static_cast<std::size_t>(spec.size())}));
    }
    void send(Bucket bucket) {
      if (!bucket.empty()) training_.machine_.exchange(std::move(bucket));
    }
    Training& training_;
  };
  Sender sender(*this);
  const double sum = model_.forward_backward(inputs_, targets_, scale, sender);
  sender.send(buckets_.rest());
  return sum;
}

template <class Machine>
double Training<Machine>::end_exchange() {
  const double began = monotonic_seconds();
  machine_.end_exchange();
  return monotonic_seconds() - began;
}

template <class Machine>
Result<bool> Training<Machine>::step(const std::function<bool()>& stop, StepReport& report) {
  const double began = monotonic_seconds();
  const double cpu_began = cpu_seconds();
  const World& world = machine_.world();
  const std::int64_t micro_batches = config_.micro_batches(world.size());
  if (micro_batches > 1) packer_before_ = packer_.state();
  const double scale = 1.0 / static_cast<double>(config_.total_batch_size);
  double sum = 0;
  model_.zero_gradients();
  for (std::int64_t i = 0; i < micro_batches; ++i) {
    if (world.any(stop())) return false;
    if (std::isfinite(sum)) take_rows();  // else this batch is looked into
    const bool is_last = i + 1 == micro_batches;
    sum += is_last && world.size() > 1 ? begin_exchange(scale)
                                       : model_.forward_backward(inputs_, targets_, scale);
  }
  report.loss = world.sum(sum) * scale;
  report.exchange_seconds = world.size() > 1 ? end_exchange() : 0;
  CHECK_OK(check_loss(report.loss));
  optimizer_.step(steps_, meter_.progress());
  ++steps_;
  report.seconds = world.of_first(monotonic_seconds() - began);
  training_seconds_ += report.seconds;
  meter_.charge({.seconds = report.seconds,
                 .cpu_seconds = world.sum(cpu_seconds() - cpu_began),
                 .tokens = config_.total_batch_size,
                 .flops = flops_per_token(config_.model, FlopCount::kFormula) *
                          static_cast<double>(config_.total_batch_size)});
  packer_before_.reset();
  return true;
}

// The same in every rank: that of the first one that found something.
template <class Machine>
std::optional<Finding> Training<Machine>::find_not_finite() {
  const World& world = machine_.world();
  const auto mine = first_not_finite(machine_.ops(), model_, inputs_, targets_);
  for (int rank = 0; rank < world.size(); ++rank) {
    if (!world.of(rank, mine.has_value())) continue;
    return Finding{world.of(rank, mine.value_or(NotFinite{})), rank};
  }
  return std::nullopt;
}

template <class Machine>
Result<void> Training<Machine>::check_loss(double loss) {
  if (std::isfinite(loss) && loss <= kLossMax) {
    last_loss_ = loss;
    return {};
  }
  return std::unexpected(loss_error({.loss = loss,
                                     .step = steps_,
                                     .last_loss = last_loss_,
                                     .not_finite = find_not_finite(),
                                     .ranks = machine_.world().size()}));
}

template <class Machine>
void Training<Machine>::add_blob(const std::string& name, const float* data, std::int64_t n,
                                 Copies& copies, CheckpointContents& contents) {
  std::vector<float>& copy = copies.emplace_back(static_cast<std::size_t>(n));
  machine_.ops().copy_out(copy.data(), data, n);
  contents.blobs.push_back({name, std::as_bytes(std::span(copy))});
}

template <class Machine>
std::string Training<Machine>::state() const {
  StateText state;
  state.set("steps", steps_);
  state.set("used", meter_.used());
  state.set("training_seconds", training_seconds_);
  state.set("packer", packer_before_ ? *packer_before_ : packer_.state());
  return state.text();
}

template <class Machine>
CheckpointContents Training<Machine>::contents(Copies& copies) {
  CheckpointContents all = {
      identity_of(data_.vocabulary(), config_.model), config_text(config_), state(), {}};
  for (const ParameterSpec& spec : model_.list().specs) {
    add_blob(spec.name, model_.parameter(spec).data, spec.size(), copies, all);
  }
  return all;
}

template <class Machine>
Result<void> Training<Machine>::snapshot(const std::filesystem::path& path) {
  Copies copies;
  CheckpointContents all = contents(copies);
  add_blob("optimizer.first", optimizer_.first(), optimizer_.first_size(), copies, all);
  add_blob("optimizer.second", optimizer_.second(), optimizer_.second_size(), copies, all);
  return write_checkpoint(path, all);
}

template <class Machine>
Result<void> Training<Machine>::save_model(const std::filesystem::path& path) {
  Copies copies;
  return write_checkpoint(path, contents(copies));
}

template <class Machine>
Result<void> Training<Machine>::restore(const Checkpoint& checkpoint) {
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
  CHECK_OK(load_parameters(checkpoint, machine_.ops(), model_));
  const auto first = static_cast<std::size_t>(optimizer_.first_size());
  const auto second = static_cast<std::size_t>(optimizer_.second_size());
  CHECK_OK(fill<Ops>(checkpoint, "optimizer.first", machine_.ops(), {optimizer_.first(), first}));
  return fill<Ops>(checkpoint, "optimizer.second", machine_.ops(), {optimizer_.second(), second});
}

template <class Machine>
Result<Evaluation> Training<Machine>::evaluate() {
  return evaluate_model(machine_.ops(), model_, data_, config_);
}

template <class Ops>
Result<void> load_parameters(const Checkpoint& checkpoint, Ops& ops, Model<Ops>& model) {
  for (const ParameterSpec& spec : model.list().specs) {
    CHECK_OK(fill<Ops>(checkpoint, spec.name, ops,
                       {model.parameter(spec).data, static_cast<std::size_t>(spec.size())}));
  }
  return {};
}

template class Training<CpuMachine>;
template Result<void> load_parameters(const Checkpoint&, CpuOps<float>&, Model<CpuOps<float>>&);
#if defined(TRAINER_HAS_CUDA)
template class Training<CudaMachine>;
template Result<void> load_parameters(const Checkpoint&, CudaOps&, Model<CudaOps>&);
#endif

}  // namespace trainer
