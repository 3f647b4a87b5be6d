// What a candidate may not change (pawl.toml freezes this file): the books, the budget, the judge
// and the report.
//
// The judge hands out only bytes that come before the one to be predicted, and normalises the
// answer itself, so a model cannot score better than it predicts. The book it reads is never
// trained on.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

using Book = std::vector<std::uint8_t>;

constexpr int kClasses = 256;  // one for each value of a byte
constexpr int kWindow = 32;    // bytes of the past that a model may look at
constexpr double kBudgetFlop =
    8e11;  // of training: a result must not depend on how fast or busy the machine is

inline Book read_book(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Book book{std::istreambuf_iterator<char>(file), {}};
  if (book.size() <= kWindow) {
    std::fprintf(stderr, "FAIL: could not read %s\n", path.c_str());
    std::exit(1);
  }
  return book;
}

// Counts the arithmetic of training.
class Budget {
 public:
  // False when the budget has no room for it.
  bool spend(double flop) {
    spent_ += flop;
    return spent_ <= kBudgetFlop;
  }
  double progress() const { return std::min(1.0, spent_ / kBudgetFlop); }

 private:
  double spent_ = 0;
};

// -ln of the probability that `logits` (kClasses) give to `byte`.
inline double nats(std::span<const float> logits, std::uint8_t byte) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  float sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  return std::log(sum) + largest - logits[byte];
}

// Mean bits for a byte of the book. predict(windows, logits) gets windows (n, kWindow), the bytes
// before each of n places, and fills the logits (n, kClasses) of the byte that follows.
template <class Predict>
double bits_per_byte(const Book& book, Predict predict) {
  constexpr std::size_t kBatch = 512;
  std::vector<std::uint8_t> windows(kBatch * kWindow);
  std::vector<float> logits(kBatch * kClasses);
  double total = 0;
  for (std::size_t at = kWindow; at < book.size(); at += kBatch) {
    const std::size_t n = std::min(kBatch, book.size() - at);
    for (std::size_t i = 0; i < n; ++i)
      std::copy_n(&book[at + i - kWindow], kWindow, &windows[i * kWindow]);
    predict(std::span<const std::uint8_t>(windows).first(n * kWindow),
            std::span(logits).first(n * kClasses));
    for (std::size_t i = 0; i < n; ++i) {
      total += nats(std::span(logits).subspan(i * kClasses, kClasses), book[at + i]);
    }
  }
  return total / std::log(2.0) / static_cast<double>(book.size() - kWindow);
}

struct Report {
  double val_bpb, training_seconds, total_seconds, tokens;
  long steps;
  std::size_t parameters;
  int depth;
};

// The block that autoresearch's trainer prints. There is no GPU here, so its two GPU lines are
// zero.
inline void print(const Report& report) {
  std::printf("---\nval_bpb:          %.6f\ntraining_seconds: %.1f\ntotal_seconds:    %.1f\n",
              report.val_bpb, report.training_seconds, report.total_seconds);
  std::printf("peak_vram_mb:     0.0\nmfu_percent:      0.00\ntotal_tokens_M:   %.2f\n",
              report.tokens / 1e6);
  std::printf("num_steps:        %ld\nnum_params_M:     %.2f\ndepth:            %d\n", report.steps,
              static_cast<double>(report.parameters) / 1e6, report.depth);
}
