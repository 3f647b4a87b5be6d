// AdamW for embeddings, head and scalars; Muon with NorMuon for every matrix of a block.
#pragma once
#include <cmath>
#include <vector>

#include "trainer/model/model.h"
#include "trainer/optim/schedule.h"

namespace trainer {

struct OptimizerOptions {
  double embedding_lr = 0.6, head_lr = 0.004;  // at width 768; x (width / 768)^-0.5
  double matrix_lr = 0.04;                     // x sqrt(max(1, rows / columns))
  double lambda_lr = 0.005, mu_lr = 0.5;       // not scaled
  double adam_beta1 = 0.8, adam_beta2 = 0.95, mu_beta1 = 0.96;
  double adam_epsilon = 1e-10;
  double muon_beta2 = 0.95;
  Schedule schedule;
};

template <class Ops>
class Optimizer {
 public:
  using Master = typename Ops::Master;

  Optimizer(Ops& ops, Model<Ops>& model, const OptimizerOptions& options)
      : ops_(ops), model_(model), options_(options) {
    const ParameterList& list = model.list();
    first_ = take(list.total);
    for (const ParameterSpec& spec : list.specs) second_size_ += second_of(spec);
    second_ = take(second_size_);
    std::int64_t second = 0;
    for (const ParameterSpec& spec : list.specs) {
      seconds_.push_back(second_ + second);
      second += second_of(spec);
      if (is_muon(spec)) add_matrices(spec, seconds_.back());
    }
  }

  // Moves the parameters by the gradients that the model holds. `step` counts from 0.
  void step(std::int64_t step, double progress) {
    const double factor = options_.schedule.rate(progress);
    const std::vector<ParameterSpec>& specs = model_.list().specs;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      if (is_muon(specs[i])) continue;
      ops_.adam(adam_step(specs[i].kind, step, factor), model_.parameter(specs[i]),
                model_.gradient(specs[i]).data, first_ + specs[i].offset, seconds_[i]);
    }
    ops_.muon(matrices_, {options_.matrix_lr * factor, options_.schedule.momentum(step),
                          options_.schedule.decay(progress), options_.muon_beta2});
  }

  // The whole state, for a checkpoint: first moments or momenta, then second moments.
  Master* first() { return first_; }
  Master* second() { return second_; }
  std::int64_t first_size() const { return model_.list().total; }
  std::int64_t second_size() const { return second_size_; }

 private:
  static bool is_muon(const ParameterSpec& spec) {
    return spec.kind == ParameterKind::kMatrix || spec.kind == ParameterKind::kOutput ||
           spec.kind == ParameterKind::kGate;
  }
  static std::int64_t second_of(const ParameterSpec& spec) {
    const std::int64_t rows = spec.rows / spec.parts;
    return is_muon(spec) ? spec.parts * std::max(rows, spec.columns) : spec.size();
  }
  Master* take(std::int64_t count) {
    return static_cast<Master*>(ops_.allocate(count * static_cast<std::int64_t>(sizeof(Master))));
  }

  void add_matrices(const ParameterSpec& spec, Master* second) {
    const std::int64_t rows = spec.rows / spec.parts;
    const Matrix<Master> momentum = {first_ + spec.offset, spec.rows, spec.columns};
    for (std::int64_t part = 0; part < spec.parts; ++part) {
      matrices_.push_back({model_.parameter(spec).slice(part * rows, rows),
                           model_.gradient(spec).slice(part * rows, rows),
                           momentum.slice(part * rows, rows),
                           second + part * std::max(rows, spec.columns)});
    }
  }

  AdamStep adam_step(ParameterKind kind, std::int64_t step, double factor) const {
    const double t = static_cast<double>(step) + 1;
    const double beta1 = kind == ParameterKind::kMu ? options_.mu_beta1 : options_.adam_beta1;
    const double rate = factor * learning_rate(kind) / (1 - std::pow(beta1, t));
    return {rate, beta1, options_.adam_beta2, 1 - std::pow(options_.adam_beta2, t),
            options_.adam_epsilon};
  }
  double learning_rate(ParameterKind kind) const {
    const double scale = 1 / std::sqrt(static_cast<double>(model_.shape().width) / 768.0);
    switch (kind) {
      case ParameterKind::kEmbedding:
      case ParameterKind::kValueEmbedding:
        return options_.embedding_lr * scale;
      case ParameterKind::kHead:
        return options_.head_lr * scale;
      case ParameterKind::kLambda:
        return options_.lambda_lr;
      case ParameterKind::kMu:
        return options_.mu_lr;
      case ParameterKind::kMatrix:
      case ParameterKind::kOutput:
      case ParameterKind::kGate:
        return options_.matrix_lr;
    }
    __builtin_unreachable();
  }

  Ops& ops_;           // outlives us
  Model<Ops>& model_;  // outlives us
  OptimizerOptions options_;
  Master *first_, *second_;
  std::int64_t second_size_ = 0;
  std::vector<Master*> seconds_;  // of each parameter
  std::vector<MuonMatrix<Master>> matrices_;
};

}  // namespace trainer
