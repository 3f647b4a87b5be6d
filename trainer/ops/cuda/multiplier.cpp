#include "trainer/ops/cuda/multiplier.h"

#include <cublasLt.h>
#include <cuda_runtime.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <new>
#include <sstream>
#include <vector>

#include "trainer/core/digest.h"
#include "trainer/core/file.h"
#include "trainer/core/text.h"

namespace trainer::cuda {
namespace {

constexpr std::int64_t kWorkspaceBytes = 64 << 20;  // what Hopper's split products like
constexpr int kCandidates = 12;
constexpr int kTimedRuns = 3;

void check(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw DeviceError(format("cuBLASLt failed at %s: status %d", what, static_cast<int>(status)));
}

// The library is opened when it is needed: it takes half a second, and a machine without a GPU may
// not have it.
struct Library {
  void* handle = nullptr;
#define TRAINER_FUNCTION(name) decltype(&cublasLt##name) name = nullptr;
#define TRAINER_FUNCTIONS(each)                                                                 \
  each(Create) each(Destroy) each(GetVersion) each(Matmul) each(MatmulDescCreate)               \
      each(MatmulDescDestroy) each(MatmulDescSetAttribute) each(MatrixLayoutCreate)             \
          each(MatrixLayoutDestroy) each(MatrixLayoutSetAttribute) each(MatmulPreferenceCreate) \
              each(MatmulPreferenceDestroy) each(MatmulPreferenceSetAttribute)                  \
                  each(MatmulAlgoGetHeuristic)
  TRAINER_FUNCTIONS(TRAINER_FUNCTION)
#undef TRAINER_FUNCTION

  Result<void> open() {
    const std::string name = "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR);
    handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const std::string here = TRAINER_CUDA_LIBRARIES "/" + name;
      handle = dlopen(here.c_str(), RTLD_NOW | RTLD_LOCAL);
    }
    if (handle == nullptr) {
      return fail("could not open " + name,
                  "It is part of the CUDA toolkit; LD_LIBRARY_PATH names "
                  "the folder where it lies.");
    }
    bool has_all = true;
#define TRAINER_LOOK_UP(name)                                               \
  name = reinterpret_cast<decltype(name)>(dlsym(handle, "cublasLt" #name)); \
  has_all = has_all && name != nullptr;
    TRAINER_FUNCTIONS(TRAINER_LOOK_UP)
#undef TRAINER_LOOK_UP
    if (!has_all) return fail(name + " is of another version", "Install the toolkit's own.");
    return {};
  }
};

// What decides which algorithm is best, as text.
std::string key_of(const Product& p, const ColumnMajor& c) {
  const auto alignment = [](const void* data) {
    const auto address = reinterpret_cast<std::uintptr_t>(data);
    return static_cast<unsigned>(std::min<std::uintptr_t>(16, address & (~address + 1)));
  };
  std::ostringstream text;
  text << c.m << 'x' << c.n << 'x' << c.k << '/' << c.left_transposed << c.right_transposed << '/'
       << c.left_stride << ',' << c.right_stride << '/' << p.batch << ',' << c.left_batch << ','
       << c.right_batch << '/' << p.in_float << (p.beta != 0) << (p.c != nullptr) << '/'
       << alignment(c.left) << ',' << alignment(c.right) << ',' << alignment(p.d);
  return text.str();
}

struct Plan {
  cublasLtMatmulDesc_t product = nullptr;
  cublasLtMatrixLayout_t left = nullptr, right = nullptr, d = nullptr;
  cublasLtMatmulAlgo_t choice{};
};

}  // namespace

class Multiplier::State {
 public:
  State(Device& device, std::filesystem::path choices)
      : device_(device), file_(std::move(choices)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  Result<void> open();
  void run(const Product& product);

 private:
  Plan make_plan(const Product& product, const ColumnMajor& c);
  cublasLtMatrixLayout_t layout(cudaDataType type, std::array<std::int64_t, 3> shape,
                                const Product& product, std::int64_t batch_stride);
  std::vector<cublasLtMatmulAlgo_t> candidates(const Plan& plan);
  cublasLtMatmulAlgo_t fastest(const Plan& plan, const Product& product, const ColumnMajor& c);
  double seconds(const Plan& plan, const Product& product, const ColumnMajor& c, void* d);
  cublasStatus_t multiply(const Plan& plan, const Product& product, const ColumnMajor& c, void* d);
  std::string identity() const;  // of card and library: choices of another pair are not taken
  void read_choices();
  void write_choices();

  Device& device_;  // outlives us
  std::filesystem::path file_;
  Library library_;
  cublasLtHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
  std::map<std::string, Plan> plans_;
  std::map<std::string, cublasLtMatmulAlgo_t> choices_;
};

Result<void> Multiplier::State::open() {
  CHECK_OK(library_.open());
  check(library_.Create(&handle_), "its start");
  workspace_ = device_.allocate(kWorkspaceBytes);
  read_choices();
  return {};
}

Multiplier::State::~State() {
  for (auto& [key, plan] : plans_) {
    library_.MatmulDescDestroy(plan.product);
    for (auto* const one : {plan.left, plan.right, plan.d}) library_.MatrixLayoutDestroy(one);
  }
  if (handle_ != nullptr) library_.Destroy(handle_);
  if (workspace_ != nullptr) device_.release(workspace_);
}

std::string Multiplier::State::identity() const {
  return hex(digest(format("%s, %zu", device_.facts().name.c_str(), library_.GetVersion())));
}

// A line "identity key 16 digits ...": eight numbers of an algorithm.
void Multiplier::State::read_choices() {
  if (file_.empty()) return;
  const auto mapped = MappedFile::open(file_);
  if (!mapped) return;  // the first run on this card
  std::istringstream in{std::string(mapped->text())};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string identity_there, key;
    cublasLtMatmulAlgo_t choice{};
    words >> identity_there >> key >> std::hex;
    for (auto& number : choice.data) words >> number;
    if (words && identity_there == identity()) choices_[key] = choice;
  }
}

void Multiplier::State::write_choices() {
  std::ostringstream out;
  for (const auto& [key, choice] : choices_) {
    out << identity() << ' ' << key << std::hex;
    for (const auto number : choice.data) out << ' ' << number;
    out << std::dec << '\n';
  }
  if (!write_file(file_, out.str())) file_.clear();  // a read-only data set: chosen anew each run
}

cublasLtMatrixLayout_t Multiplier::State::layout(cudaDataType type,
                                                 std::array<std::int64_t, 3> shape,
                                                 const Product& product,
                                                 std::int64_t batch_stride) {
  cublasLtMatrixLayout_t made = nullptr;
  const auto [rows, columns, stride] = shape;
  check(library_.MatrixLayoutCreate(&made, type, static_cast<std::uint64_t>(rows),
                                    static_cast<std::uint64_t>(columns), stride),
        "a layout");
  if (product.batch > 1) {
    const auto count = static_cast<std::int32_t>(product.batch);
    check(library_.MatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count,
                                            sizeof count),
          "a batch");
    check(library_.MatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                            &batch_stride, sizeof batch_stride),
          "a batch");
  }
  return made;
}

Plan Multiplier::State::make_plan(const Product& product, const ColumnMajor& c) {
  Plan plan;
  check(library_.MatmulDescCreate(&plan.product, CUBLAS_COMPUTE_32F, CUDA_R_32F), "a descriptor");
  const cublasOperation_t left = c.left_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t right = c.right_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  check(library_.MatmulDescSetAttribute(plan.product, CUBLASLT_MATMUL_DESC_TRANSA, &left,
                                        sizeof left),
        "a transposition");
  check(library_.MatmulDescSetAttribute(plan.product, CUBLASLT_MATMUL_DESC_TRANSB, &right,
                                        sizeof right),
        "a transposition");
  const auto as_stored = [](bool is_transposed, std::int64_t rows, std::int64_t columns,
                            std::int64_t stride) {
    if (is_transposed) std::swap(rows, columns);
    return std::array{rows, columns, stride};
  };
  plan.left = layout(CUDA_R_16BF, as_stored(c.left_transposed, c.m, c.k, c.left_stride), product,
                     c.left_batch);
  plan.right = layout(CUDA_R_16BF, as_stored(c.right_transposed, c.k, c.n, c.right_stride), product,
                      c.right_batch);
  plan.d = layout(product.in_float ? CUDA_R_32F : CUDA_R_16BF, {c.m, c.n, c.d_stride}, product,
                  c.m * c.n);
  return plan;
}

std::vector<cublasLtMatmulAlgo_t> Multiplier::State::candidates(const Plan& plan) {
  cublasLtMatmulPreference_t preference = nullptr;
  check(library_.MatmulPreferenceCreate(&preference), "a preference");
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t name, const auto& value) {
    check(library_.MatmulPreferenceSetAttribute(preference, name, &value, sizeof value),
          "a preference");
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::size_t>(kWorkspaceBytes));
  // Not CUBLASLT_REDUCTION_SCHEME_INPLACE: the order of its sums is left to chance.
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  for (const auto name :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(name, std::uint32_t{16});
  }
  std::array<cublasLtMatmulHeuristicResult_t, kCandidates> found{};
  int count = 0;
  check(library_.MatmulAlgoGetHeuristic(handle_, plan.product, plan.left, plan.right, plan.d,
                                        plan.d, preference, kCandidates, found.data(), &count),
        "the choice of an algorithm");
  library_.MatmulPreferenceDestroy(preference);
  std::vector<cublasLtMatmulAlgo_t> algorithms;
  for (int i = 0; i < count; ++i) algorithms.push_back(found[static_cast<std::size_t>(i)].algo);
  if (algorithms.empty()) throw DeviceError("cuBLASLt has no algorithm for a product");
  return algorithms;
}

cublasStatus_t Multiplier::State::multiply(const Plan& plan, const Product& product,
                                           const ColumnMajor& c, void* d) {
  return library_.Matmul(handle_, plan.product, &product.alpha, c.left, plan.left, c.right,
                         plan.right, &product.beta, product.c == nullptr ? product.d : product.c,
                         plan.d, d, plan.d, &plan.choice, workspace_, kWorkspaceBytes,
                         device_.stream().handle);
}

// The best of some runs; a candidate that fails takes for ever.
double Multiplier::State::seconds(const Plan& plan, const Product& product, const ColumnMajor& c,
                                  void* d) {
  float best = 1e30F;
  cudaEvent_t began = nullptr;
  cudaEvent_t ended = nullptr;
  cudaEventCreate(&began);
  cudaEventCreate(&ended);
  for (int run = 0; run < kTimedRuns; ++run) {
    cudaEventRecord(began, device_.stream().handle);
    const bool is_done = multiply(plan, product, c, d) == CUBLAS_STATUS_SUCCESS;
    cudaEventRecord(ended, device_.stream().handle);
    cudaEventSynchronize(ended);
    float milliseconds = 0;
    cudaEventElapsedTime(&milliseconds, began, ended);
    if (is_done) best = std::min(best, milliseconds);
  }
  cudaEventDestroy(began);
  cudaEventDestroy(ended);
  return best;
}

// The candidates write to memory of their own: d may be what is added to.
cublasLtMatmulAlgo_t Multiplier::State::fastest(const Plan& plan, const Product& product,
                                                const ColumnMajor& c) {
  const std::vector<cublasLtMatmulAlgo_t> all = candidates(plan);
  if (file_.empty()) return all.front();
  const std::int64_t bytes = product.batch * c.m * c.n * (product.in_float ? 4 : 2);
  void* d = nullptr;
  if (cudaMalloc(&d, static_cast<std::size_t>(bytes)) != cudaSuccess) {
    cudaGetLastError();  // memory is short: it is no error of what follows
    return all.front();
  }
  Plan trial = plan;
  double best = 1e30;
  cublasLtMatmulAlgo_t choice = all.front();
  for (const cublasLtMatmulAlgo_t& candidate : all) {
    trial.choice = candidate;
    const double took = seconds(trial, product, c, d);
    if (took < best) choice = candidate;
    best = std::min(best, took);
  }
  cudaFree(d);
  return choice;
}

void Multiplier::State::run(const Product& product) {
  const ColumnMajor c = column_major(product);
  const std::string key = key_of(product, c);
  auto found = plans_.find(key);
  if (found == plans_.end()) {
    Plan plan = make_plan(product, c);
    const auto known = choices_.find(key);
    plan.choice = known != choices_.end() ? known->second : fastest(plan, product, c);
    const bool is_new = choices_.insert_or_assign(key, plan.choice).second;
    if (is_new && !file_.empty()) write_choices();
    found = plans_.emplace(key, plan).first;
  }
  check(multiply(found->second, product, c, product.d), "a product");
}

Multiplier::Multiplier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Multiplier::~Multiplier() = default;

Result<std::unique_ptr<Multiplier>> Multiplier::open(Device& device,
                                                     const std::filesystem::path& choices) {
  auto state = std::make_unique<State>(device, choices);
  CHECK_OK(state->open());
  return std::unique_ptr<Multiplier>(new Multiplier(std::move(state)));
}

void Multiplier::run(const Product& product) { state_->run(product); }

}  // namespace trainer::cuda
