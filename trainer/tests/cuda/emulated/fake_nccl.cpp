// NCCL for one process: the other ranks have the same numbers as this one. It tells what it was
// asked for. The last arguments of a sum, a communicator and a stream, are of no use to it.
#include <cstdarg>
#include <cstddef>
#include <string>

namespace {

std::string asked;
int ranks = 0;

}  // namespace

extern "C" {

struct Id {
  char bytes[128];
};

const char* fake_asked() { return asked.c_str(); }

int ncclGetUniqueId(Id*) { return 0; }
int ncclCommInitRank(void** communicator, int size, Id, int) {
  ranks = size;
  *communicator = &ranks;
  return 0;
}
int ncclGroupStart() {
  asked += "(";
  return 0;
}
int ncclGroupEnd() {
  asked += ")";
  return 0;
}
int ncclAllReduce(const float* from, float* to, std::size_t n, int type, ...) {
  std::va_list rest;
  va_start(rest, type);
  const int op = va_arg(rest, int);
  va_end(rest);
  if (type != 7 || op != 0) return 4;  // ncclFloat, ncclSum; ncclInvalidArgument
  asked += " " + std::to_string(n) + " ";
  for (std::size_t i = 0; i < n; ++i) to[i] = static_cast<float>(ranks) * from[i];
  return 0;
}
int ncclCommDestroy(void*) { return 0; }
const char* ncclGetErrorString(int) { return "an invalid argument"; }
}
