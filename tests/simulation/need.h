// What a simulation cannot go on without.
#pragma once
#include <stdexcept>
#include <utility>

#include "server/core/result.h"

namespace pawl::simulation {

template <class T>
T need(Result<T> value) {
  if (!value) throw std::runtime_error(value.error().message);
  return *std::move(value);
}

}  // namespace pawl::simulation
