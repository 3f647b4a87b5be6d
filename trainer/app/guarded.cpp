#include "trainer/app/guarded.h"

#include <new>
#include <stdexcept>

namespace trainer {

Result<int> guarded(const std::function<Result<int>()>& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return fail("not enough memory",
                "Lower device_batch_size (and total_batch_size with it), context or depth.");
  } catch (const std::runtime_error& error) {  // a GPU that failed under way
    return fail(error.what(), "A checkpoint of before is good; nvidia-smi tells the card's state.");
  }
}

}  // namespace trainer
