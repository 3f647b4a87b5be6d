#include "trainer/ops/cuda/nccl.h"

#include <dlfcn.h>

#include <cstddef>

#include "trainer/core/text.h"

namespace trainer::cuda {

// The few functions of NCCL's C interface that are called, as nccl.h of version 2 declares them.
struct Nccl::Library {
  static constexpr int kFloat = 7;
  static constexpr int kSum = 0;
  int (*get_unique_id)(NcclId*) = nullptr;
  int (*comm_init_rank)(void**, int, NcclId, int) = nullptr;
  int (*all_reduce)(const void*, void*, std::size_t, int, int, void*, CUstream_st*) = nullptr;
  int (*group_start)() = nullptr;
  int (*group_end)() = nullptr;
  int (*comm_destroy)(void*) = nullptr;
  const char* (*get_error_string)(int) = nullptr;

  Result<void> check(int status, const char* what) const {
    if (status == 0) return {};
    return fail(format("NCCL failed at %s: %s", what, get_error_string(status)),
                "NCCL_DEBUG=WARN makes it say more.");
  }
};

namespace {

template <class Function>
bool look_up(void* handle, const char* name, Function& to) {
  to = reinterpret_cast<Function>(dlsym(handle, name));
  return to != nullptr;
}

}  // namespace

Result<const Nccl::Library*> Nccl::library() {
  static Library library;
  if (library.get_error_string != nullptr) return &library;
  void* const handle = dlopen("libnccl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail("could not open libnccl.so.2, by which several GPUs train together",
                "Install NCCL 2, or train on one GPU with --ranks 1.");
  }
  if (look_up(handle, "ncclGetUniqueId", library.get_unique_id) &&
      look_up(handle, "ncclCommInitRank", library.comm_init_rank) &&
      look_up(handle, "ncclAllReduce", library.all_reduce) &&
      look_up(handle, "ncclGroupStart", library.group_start) &&
      look_up(handle, "ncclGroupEnd", library.group_end) &&
      look_up(handle, "ncclCommDestroy", library.comm_destroy) &&
      look_up(handle, "ncclGetErrorString", library.get_error_string)) {
    return &library;
  }
  return fail("libnccl.so.2 is of another version", "Install NCCL 2.");
}

Result<NcclId> Nccl::make_id() {
  TRY(const Library* const nccl, library());
  NcclId id;
  CHECK_OK(nccl->check(nccl->get_unique_id(&id), "its start"));
  return id;
}

Result<std::unique_ptr<Nccl>> Nccl::open(Device& device, const NcclId& id, int rank, int size) {
  TRY(const Library* const nccl, library());
  std::unique_ptr<Nccl> made(new Nccl(device, *nccl));
  CHECK_OK(nccl->check(nccl->comm_init_rank(&made->communicator_, size, id, rank), "its meeting"));
  return made;
}

Nccl::~Nccl() {
  if (communicator_ != nullptr) library_.comm_destroy(communicator_);
}

void Nccl::check(int status) const {
  const auto done = library_.check(status, "a sum");
  if (!done) throw DeviceError(done.error().message);
}

void Nccl::sum(std::span<const std::span<float>> bucket) {
  CUstream_st* const stream = device_.begin_beside();
  check(library_.group_start());
  for (const std::span<float> x : bucket) {
    check(library_.all_reduce(x.data(), x.data(), x.size(), Library::kFloat, Library::kSum,
                              communicator_, stream));
  }
  check(library_.group_end());
}

}  // namespace trainer::cuda
