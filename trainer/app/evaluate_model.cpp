#include "trainer/app/cuda_machine.h"
#include "trainer/app/machine.h"
#include "trainer/app/training.h"
#include "trainer/data/validation_rows.h"

namespace trainer {
namespace {

Result<ValidationRows> rows_of(const Dataset& data, const TrainConfig& config) {
  const bool is_stream = config.eval_packing == "stream";
  return ValidationRows::create(
      data.validation(),
      {.targets = config.model.context,
       .batch = config.device_batch_size,
       .eval_tokens = config.eval_tokens,
       .packing = is_stream ? ValidationPacking::kStream : ValidationPacking::kBestFit});
}

}  // namespace

Result<void> check_evaluation(const Dataset& data, const TrainConfig& config) {
  CHECK_OK(rows_of(data, config));
  return {};
}

template <class Ops>
Result<Evaluation> evaluate_model(Ops& ops, Model<Ops>& model, const Dataset& data,
                                  const TrainConfig& config) {
  TRY(const ValidationRows split, rows_of(data, config));
  const std::vector<std::int32_t> bytes = config.bytes == "exact"
                                              ? data.vocabulary().token_bytes()
                                              : data.vocabulary().token_bytes_autoresearch();
  const EvaluationRows rows = {
      .rows = split.rows(),
      .row_tokens = config.model.context,
      .row = [&](std::int64_t i, std::span<Token> inputs,
                 std::span<Token> targets) { split.row(i, inputs, targets); },
      .token_bytes = bytes};
  std::vector<float> losses(static_cast<std::size_t>(model.tokens()));
  return evaluate(
      rows, model.batch(), [&](std::span<const Token> inputs, std::span<const Token> targets) {
        ops.copy_out(losses.data(), model.losses(inputs, targets).data(), model.tokens());
        return std::span<const float>(losses);
      });
}

template Result<Evaluation> evaluate_model(CpuOps<float>&, Model<CpuOps<float>>&, const Dataset&,
                                           const TrainConfig&);
#if defined(TRAINER_HAS_CUDA)
template Result<Evaluation> evaluate_model(CudaOps&, Model<CudaOps>&, const Dataset&,
                                           const TrainConfig&);
#endif

}  // namespace trainer
