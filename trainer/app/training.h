// A run of training: model, optimizer, rows and what is left of the budget, one step at a time.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trainer/app/loss_error.h"
#include "trainer/app/train_config.h"
#include "trainer/checkpoint/checkpoint.h"
#include "trainer/data/dataset.h"
#include "trainer/data/packer.h"
#include "trainer/exchange/buckets.h"
#include "trainer/measure/budget.h"
#include "trainer/measure/evaluate.h"
#include "trainer/model/model.h"
#include "trainer/optim/optimizer.h"

namespace trainer {

struct StepReport {
  double loss = 0;  // mean over the step's tokens, before its update
  double seconds = 0;
  double exchange_seconds = 0;  // of them: waiting for the other ranks' gradients
};

template <class Machine>
class Training {
 public:
  using Ops = typename Machine::Ops;

  // `config` is complete(). Both outlive us. Ends with a warm-up that leaves no trace: memory is
  // there, and every kernel ran once. Several ranks exchange gradients of `bucket_bytes` at a time.
  static Result<std::unique_ptr<Training>> create(Machine& machine, const Dataset& data,
                                                  const TrainConfig& config,
                                                  std::int64_t bucket_bytes);
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  // False: stopped by `stop` between two micro-batches; the state is that before the step. An error
  // is a loss that is not finite or above 100: it names the step, and the tensor that went wrong.
  Result<bool> step(const std::function<bool()>& stop, StepReport& report);

  std::int64_t steps() const { return steps_; }
  std::int64_t tokens() const { return steps_ * config_.total_batch_size; }
  double training_seconds() const { return training_seconds_; }
  const BudgetMeter& meter() const { return meter_; }
  Model<Ops>& model() { return model_; }
  std::int64_t epoch() const { return packer_.epoch(); }

  Result<void> snapshot(const std::filesystem::path& path);    // all that a resumed run needs
  Result<void> save_model(const std::filesystem::path& path);  // what the evaluator needs
  Result<void> restore(const Checkpoint& checkpoint);

  Result<Evaluation> evaluate();

 private:
  Training(Machine& machine, const Dataset& data, const TrainConfig& config,
           std::int64_t bucket_bytes, BudgetMeter meter);
  // forward_backward() of a step's last micro-batch: its gradients leave as they become final.
  double begin_exchange(double scale);
  double end_exchange();  // how long it took to wait for them
  void warm_up();
  void take_rows();  // this rank's of the step's next ones
  void skip_rows(std::int64_t count);
  Result<void> check_loss(double loss);
  std::optional<Finding> find_not_finite();
  // Host memory that a checkpoint's blobs lie in while it is written.
  using Copies = std::vector<std::vector<float>>;
  void add_blob(const std::string& name, const float* data, std::int64_t n, Copies& copies,
                CheckpointContents& contents);
  CheckpointContents contents(Copies& copies);
  std::string state() const;

  const Dataset& data_;        // outlives us
  const TrainConfig& config_;  // outlives us
  Machine& machine_;           // outlives us
  Model<Ops> model_;
  Optimizer<Ops> optimizer_;
  Buckets buckets_;
  Packer packer_;
  std::optional<std::string> packer_before_;  // inside a step of several micro-batches: its state
  BudgetMeter meter_;
  std::int64_t steps_ = 0;
  std::optional<double> last_loss_;  // of the step before, unless this is the first
  double training_seconds_ = 0;
  std::vector<Token> row_, inputs_, targets_;
};

// What fits a checkpoint of this model and tokenizer.
Identity identity_of(const Vocabulary& vocabulary, const ModelShape& shape);

// Refuses what evaluate_model() would, before anything is spent on training.
Result<void> check_evaluation(const Dataset& data, const TrainConfig& config);

// Judges a model on the dataset's pinned split, as `config` says.
template <class Ops>
Result<Evaluation> evaluate_model(Ops& ops, Model<Ops>& model, const Dataset& data,
                                  const TrainConfig& config);

// Puts the parameters of a checkpoint into the model.
template <class Ops>
Result<void> load_parameters(const Checkpoint& checkpoint, Ops& ops, Model<Ops>& model);

}  // namespace trainer
