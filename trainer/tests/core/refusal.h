// What a Result refuses, as text; a Result that refuses nothing fails the comparison.
#pragma once
#include <string>

#include "trainer/core/result.h"

namespace trainer {

template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "not refused" : result.error().message;
}

template <class T>
std::string hint_of(const Result<T>& result) {
  return result ? "not refused" : result.error().hint;
}

}  // namespace trainer
