// Moves bytes between a client's stdin and stdout and the daemon's socket, on one thread. Nothing
// is read before what was read earlier has gone out, so memory is bounded and a slow side slows the
// other down.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace pawl {

class Pump {
 public:
  struct Ends {
    int input = -1, output = -1;  // the client
    int socket = -1;              // the daemon
    int signals = -1;             // readable when a signal came
  };
  enum class End {
    kInputEnded,  // and the daemon has answered what it was still asked
    kClientGone,  // nobody reads the output any more
    kDaemonGone,
    kSignal,  // call run() again to go on
  };

  explicit Pump(const Ends& ends) : ends_(ends) {}

  End run();

 private:
  struct Buffer {
    std::array<char, 64 * 1024> bytes;
    std::size_t begin = 0, end = 0;
    bool empty() const { return begin == end; }
    std::string_view rest() const { return {bytes.data() + begin, end - begin}; }
  };
  struct Ready {
    bool input = false, socket = false, signal = false, client_gone = false, nothing = false;
  };

  Ready wait();
  static bool fill(int from, Buffer& buffer);  // false: the other side ended
  bool carry_up();                             // false: the daemon is gone
  bool carry_down();                           // false: the client is gone

  Ends ends_;
  Buffer up_, down_;  // to the daemon, to the client
  bool input_open_ = true;
};

}  // namespace pawl
