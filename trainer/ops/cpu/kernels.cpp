// The table of one instruction set: compiled once for each, with that set's flags and TRAINER_TABLE
// naming the function.
#include "trainer/ops/cpu/kernels.h"

#include "trainer/ops/cpu/attention_kernels.h"
#include "trainer/ops/cpu/muon_kernels.h"
#include "trainer/ops/cpu/row_kernels.h"

namespace trainer::cpu {
namespace {

template <class Real>
constexpr Kernels<Real> kTable = {
    .tiling = {kTileRows, kPanel<Real>, kUnitBytes<Real>, Format<Real>::kDepth},
    .multiply_scratch = multiply_scratch<Real>,
    .attention_scratch = attention_scratch<Real>,
    .pack_panels = pack_panels<Real>,
    .multiply = multiply<Real>,
    .embed_norm = embed_norm<Real>,
    .norm = norm<Real>,
    .norm_backward = norm_backward<Real>,
    .mix_norm = mix_norm<Real>,
    .mix_norm_backward = mix_norm_backward<Real>,
    .add = add<Real>,
    .heads = heads<Real>,
    .heads_backward = heads_backward<Real>,
    .attention = attention<Real>,
    .attention_backward = attention_backward<Real>,
    .loss_rows = loss_rows<Real>,
    .add_scaled = add_scaled<Real>,
    .adam = adam<Real>,
    .muon_momentum = muon_momentum<Real>,
    .muon_polynomial = muon_polynomial<Real>,
    .scale = scale<Real>,
    .muon_update = muon_update<Real>,
};

}  // namespace

const Kernels<float>& TRAINER_TABLE();
const Kernels<float>& TRAINER_TABLE() { return kTable<float>; }

#if defined(TRAINER_REFERENCE)
const Kernels<double>& double_kernels() { return kTable<double>; }
#endif

}  // namespace trainer::cpu
