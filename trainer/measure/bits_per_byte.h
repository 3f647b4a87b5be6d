// Validation bits per byte: how many bits a model needs for a byte of text it has not seen. It
// compares models whatever their tokenizers are.
//
//   val_bpb = sum of nats / (ln 2 * sum of bytes)
//
// over the tokens that have bytes: the special ones have none.
#pragma once
#include <cstdint>
#include <numbers>

#include "trainer/core/result.h"

namespace trainer {

class BitsPerByte {
 public:
  // One predicted token: its cross-entropy, and how many bytes it stands for.
  void add(double nats, std::int64_t bytes) {
    if (bytes <= 0) return;
    nats_ += nats;
    bytes_ += bytes;
    ++tokens_;
  }

  Result<double> value() const {
    if (bytes_ == 0) return fail("bits per byte of no bytes: the rows hold only special tokens");
    return nats_ / (std::numbers::ln2 * static_cast<double>(bytes_));
  }

  double nats() const { return nats_; }
  std::int64_t bytes() const { return bytes_; }
  std::int64_t tokens() const { return tokens_; }  // those with bytes

 private:
  double nats_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace trainer
