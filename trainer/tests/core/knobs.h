// A small table of knobs, one of each kind.
#pragma once
#include "trainer/core/config.h"
#include "trainer/tests/core/refusal.h"

namespace trainer {

struct Options {
  std::int64_t depth = 8;
  double lr = 0.04;
  bool compile = false;
  std::string device = "cpu";
  std::vector<std::string> corpora = {"austen"};
  std::int64_t seed = 42;
  bool operator==(const Options&) const = default;
};

inline Knobs knobs(Options& options) {
  return {{"depth", &options.depth, {.min = 1, .max = 64}, "layers"},
          {"lr", &options.lr, {.min = 0, .max = 10}, "learning rate of Muon"},
          {"compile", &options.compile, {}, "capture graphs"},
          {"device", &options.device, {.choices = {"cpu", "cuda"}}, "where it runs"},
          {"corpora", &options.corpora, {}, "texts to train on"},
          {"seed", &options.seed, {}, "of all random numbers"}};
}

// A refusal with the hint, where there is one, on a line of its own.
template <class T>
std::string refusal(const Result<T>& result) {
  if (result || result.error().hint.empty()) return message_of(result);
  return message_of(result) + "\n" + hint_of(result);
}

}  // namespace trainer
