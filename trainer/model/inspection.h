// Where a pass went wrong: the first tensor of it that is not finite.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "trainer/model/model.h"

namespace trainer {

// One tensor; plain bytes, so that ranks can tell one another.
struct NotFinite {
  std::array<char, 64> name{};  // "parameter h3.qkv", "hidden of layer 3"
  bool is_parameter = false;
  std::int64_t count = 0, size = 0;  // of its numbers
};

// Listens to a pass and keeps the first tensor that is not finite.
template <OpSet Ops>
class Inspector {
 public:
  Inspector(Ops& ops, Model<Ops>& model) : ops_(ops), model_(model) {}

  const std::optional<NotFinite>& found() const { return found_; }

  void look_at_parameters() {
    for (const ParameterSpec& spec : model_.list().specs) {
      look("parameter " + spec.name, model_.parameter(spec), true);
    }
  }
  void finished(const ParameterSpec& spec) {
    look("gradient of " + spec.name, model_.gradient(spec), false);
  }
  template <class Number>
  void made(std::int64_t layer, const char* name, Matrix<Number> array) {
    const std::string of = layer == kNoLayer ? "" : " of layer " + std::to_string(layer);
    look(name + of, array, false);
  }

 private:
  template <class Number>
  void look(const std::string& name, Matrix<Number> array, bool is_parameter) {
    if (found_) return;
    const std::int64_t count = ops_.not_finite(array.data, array.size());
    if (count == 0) return;
    found_ = {.is_parameter = is_parameter, .count = count, .size = array.size()};
    name.copy(found_->name.data(), found_->name.size() - 1);
  }

  Ops& ops_;           // outlives us
  Model<Ops>& model_;  // outlives us
  std::optional<NotFinite> found_;
};

// Looks at parameters, then at what a pass over the batch computes, in the order of computing. The
// gradients that the model held are gone.
template <OpSet Ops>
std::optional<NotFinite> first_not_finite(Ops& ops, Model<Ops>& model,
                                          std::span<const Token> inputs,
                                          std::span<const Token> targets) {
  Inspector<Ops> inspector(ops, model);
  inspector.look_at_parameters();
  if (inspector.found()) return inspector.found();
  model.zero_gradients();
  model.forward_backward(inputs, targets, 1.0 / static_cast<double>(model.tokens()), inspector);
  return inspector.found();
}

}  // namespace trainer
