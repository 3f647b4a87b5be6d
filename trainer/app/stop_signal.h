// SIGTERM and SIGINT as a question: the run asks between micro-batches, and ends in good order.
#pragma once

namespace trainer {

class StopSignal {
 public:
  StopSignal();   // takes both signals over; one at a time in a process
  ~StopSignal();  // gives them back
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  static int caught();  // the signal's number, or 0
};

}  // namespace trainer
