// A byte-level neural language model: the last `context` bytes, embedded, pass through one hidden
// layer and predict the next byte. Adam, one core, a few seconds.
//
//   train DATA_FOLDER [--knob=value ...]
//
// Shapes: n bytes at once, C context, E embedding, H hidden; every matrix is row-major.
#include <chrono>
#include <map>

#include "evaluate.h"
#include "matrix.h"

using Windows = std::span<const std::uint8_t>;  // (n, kWindow): the bytes before each place

struct Knobs {
  int context = 12;
  int embedding = 16;  // a multiple of 16, as is hidden
  int hidden = 192;
  int batch = 256;
  double lr = 0.002;
};

Knobs parse(int argc, char** argv) {
  Knobs knobs;
  std::map<std::string, int*> whole = {{"--context", &knobs.context},
                                       {"--embedding", &knobs.embedding},
                                       {"--hidden", &knobs.hidden},
                                       {"--batch", &knobs.batch}};
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i], name = word.substr(0, word.find('='));
    const char* value = argv[i] + std::min(word.size(), name.size() + 1);
    if (whole.contains(name)) {
      *whole[name] = std::atoi(value);
    } else if (name == "--lr") {
      knobs.lr = std::atof(value);
    } else {
      std::fprintf(stderr, "FAIL: no knob %s\n", name.c_str());
      std::exit(2);
    }
  }
  return knobs;
}

float activation(float x) { return std::tanh(x); }
float slope(float /*x*/, float y) { return 1 - y * y; }  // of the activation at x, where it is y

class Model {
 public:
  Model(const Knobs& knobs, std::mt19937& random)
      : knobs_(knobs),
        inputs_(knobs.context * knobs.embedding),
        embed_(kClasses, knobs.embedding, 1, random),
        in_(inputs_, knobs.hidden, 1 / std::sqrt(inputs_), random),
        in_bias_(1, knobs.hidden, 0, random),
        out_(knobs.hidden, kClasses, 0, random),
        out_bias_(1, kClasses, 0, random) {}

  // windows (n, kWindow) -> logits (n, kClasses)
  void forward(Windows windows, std::span<float> logits) {
    const int n = static_cast<int>(windows.size()) / kWindow, hidden = knobs_.hidden;
    x_.resize(n * inputs_);
    sum_.resize(n * hidden);
    for (int i = 0; i < n; ++i) {
      const std::uint8_t* end = &windows[i * kWindow] + kWindow;
      for (int c = 0; c < knobs_.context; ++c) {
        std::copy_n(&embed_.value[end[-1 - c] * knobs_.embedding], knobs_.embedding,
                    &x_[i * inputs_ + c * knobs_.embedding]);
      }
      std::copy_n(in_bias_.value.data(), hidden, &sum_[i * hidden]);
      std::copy_n(out_bias_.value.data(), kClasses, &logits[i * kClasses]);
    }
    multiply(n, hidden, inputs_, x_.data(), inputs_, 1, in_.value.data(), sum_.data());
    h_.resize(sum_.size());
    std::transform(sum_.begin(), sum_.end(), h_.begin(), activation);
    multiply(n, kClasses, hidden, h_.data(), hidden, 1, out_.value.data(), logits.data());
  }

  // After forward of the same windows: the loss's gradient by the logits (n, kClasses) gives every
  // weight's.
  void backward(Windows windows, std::span<const float> d_logits) {
    const int n = static_cast<int>(windows.size()) / kWindow, hidden = knobs_.hidden;
    Floats d_sum(n * hidden), d_x(n * inputs_);
    multiply(hidden, kClasses, n, h_.data(), 1, hidden, d_logits.data(), out_.gradient.data());
    multiply(n, hidden, kClasses, d_logits.data(), kClasses, 1, out_.transposed().data(),
             d_sum.data());
    for (std::size_t i = 0; i < h_.size(); ++i) d_sum[i] *= slope(sum_[i], h_[i]);
    multiply(inputs_, hidden, n, x_.data(), 1, inputs_, d_sum.data(), in_.gradient.data());
    multiply(n, inputs_, hidden, d_sum.data(), hidden, 1, in_.transposed().data(), d_x.data());
    for (int i = 0; i < n; ++i) {
      const std::uint8_t* end = &windows[i * kWindow] + kWindow;
      for (int j = 0; j < inputs_; ++j) {
        const int c = j / knobs_.embedding, e = j % knobs_.embedding;
        embed_.gradient[end[-1 - c] * knobs_.embedding + e] += d_x[i * inputs_ + j];
      }
      for (int j = 0; j < hidden; ++j) in_bias_.gradient[j] += d_sum[i * hidden + j];
      for (int j = 0; j < kClasses; ++j) out_bias_.gradient[j] += d_logits[i * kClasses + j];
    }
  }

  void update(float lr, long step) {
    for (Weights* weights : all()) weights->update(lr, step);
  }

  std::size_t parameters() {
    std::size_t count = 0;
    for (const Weights* weights : all()) count += weights->value.size();
    return count;
  }

  // Of one byte, forward and backward: each weight of a matrix is multiplied and added three times.
  double flop() const { return 6.0 * (inputs_ * knobs_.hidden + knobs_.hidden * kClasses); }

 private:
  std::vector<Weights*> all() { return {&embed_, &in_, &in_bias_, &out_, &out_bias_}; }

  Knobs knobs_;
  int inputs_;  // C * E
  Weights embed_, in_, in_bias_, out_, out_bias_;
  Floats x_, sum_, h_;  // of the last forward: inputs (n, C*E), hidden before and after activation
};

// The share of the learning rate in use when `progress` (0 to 1) of the budget is spent.
double schedule(double /*progress*/) { return 1; }

// logits (n, kClasses) -> the gradient of their mean loss; returns that loss in bits.
double loss(std::span<float> logits, std::span<const std::uint8_t> targets) {
  const auto n = static_cast<float>(targets.size());
  double total = 0;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::span<float> row = logits.subspan(i * kClasses, kClasses);
    const double cost = nats(row, targets[i]);
    const float log_sum = static_cast<float>(cost) + row[targets[i]];
    for (float& logit : row) logit = std::exp(logit - log_sum) / n;
    row[targets[i]] -= 1 / n;
    total += cost;
  }
  return total / n / std::log(2.0);
}

// Trains until the budget is spent; returns the number of steps.
long train(Model& model, const Knobs& knobs, const Book& book, std::mt19937& random) {
  const char* run = std::getenv("PAWL_RUN_DIR");
  std::ofstream metrics(std::string(run != nullptr ? run : ".") + "/metrics.jsonl");
  std::vector<std::uint8_t> windows(knobs.batch * kWindow), targets(knobs.batch);
  Floats logits(knobs.batch * kClasses);
  Budget budget;
  double smooth = 8;  // a mean over about the last 50 steps
  long step = 0;
  while (budget.spend(model.flop() * knobs.batch)) {
    for (int i = 0; i < knobs.batch; ++i) {
      const std::size_t at = kWindow + random() % (book.size() - kWindow);
      std::copy_n(&book[at - kWindow], kWindow, &windows[i * kWindow]);
      targets[i] = book[at];
    }
    model.forward(windows, logits);
    smooth += 0.02 * (loss(logits, targets) - smooth);
    if (smooth > 12) {
      std::fprintf(stderr, "FAIL: diverged at step %ld\n", step);
      std::exit(1);
    }
    model.backward(windows, logits);
    model.update(static_cast<float>(knobs.lr * schedule(budget.progress())), ++step);
    if (step % 250 == 0)
      metrics << R"({"step":)" << step << R"(,"train_bpb":)" << smooth << "}\n" << std::flush;
  }
  return step;
}

int main(int argc, char** argv) {
  const auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const std::string folder = argc > 1 ? argv[1] : ".";
  const Knobs knobs = parse(argc, argv);
  const Book novels = read_book(folder + "/train.txt"), unseen = read_book(folder + "/val.txt");
  const char* seed = std::getenv("PAWL_SEED");
  std::mt19937 random(seed != nullptr ? std::atoi(seed) : 42);
  Model model(knobs, random);
  const double begin = seconds();
  const long steps = train(model, knobs, novels, random);
  const double end = seconds();
  const double val_bpb = bits_per_byte(
      unseen, [&](Windows windows, std::span<float> logits) { model.forward(windows, logits); });
  print({.val_bpb = val_bpb,
         .training_seconds = end - begin,
         .total_seconds = seconds(),
         .tokens = static_cast<double>(steps) * knobs.batch,
         .steps = steps,
         .parameters = model.parameters(),
         .depth = 1});
}
