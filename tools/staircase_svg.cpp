#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/records/sanitize.h"
#include "tools/job_table.h"
#include "tools/report.h"

namespace pawl {
namespace {

constexpr double kWidth = 1120, kHeight = 560;
constexpr double kLeft = 76, kRight = 36, kTop = 76, kBottom = 64;
constexpr double kFloor = kHeight - kBottom - 20;  // below it lie what failed
constexpr std::size_t kLabelBytes = 34;
constexpr double kLetter = 7.3;   // as wide as a letter gets on average
constexpr double kLabelGap = 15;  // between the base lines of two labels

constexpr const char* kStyle =
    "svg{--ink:#1c1e21;--soft:#6b7280;--line:#e5e7eb;--dot:#b6bcc6;--kept:#0f7b54;"
    "--band:#0f7b5418;--bad:#c2410c;--page:#fff;background:var(--page)}"
    "@media (prefers-color-scheme:dark){svg{--ink:#e8eaed;--soft:#9aa1ac;--line:#2c3036;"
    "--dot:#565d68;--kept:#34d399;--band:#34d39922;--bad:#fb923c;--page:#15171a}}"
    "text{font:13px system-ui,sans-serif;fill:var(--ink)}"
    ".soft{fill:var(--soft)}.head{font-size:19px;font-weight:600}"
    ".grid{stroke:var(--line)}.dot{fill:var(--dot)}"
    ".kept{fill:var(--kept);stroke:var(--page);stroke-width:1.5}"
    ".label{paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}"
    ".best{fill:none;stroke:var(--kept);stroke-width:2.5}.band{fill:var(--band)}"
    ".bad{stroke:var(--bad);stroke-width:1.8;fill:none}";

std::string escaped(const std::string& raw) {
  std::string safe;
  for (const char c : clean_line(raw)) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string shortened(const std::string& raw) {
  const std::string text = clean_line(raw);
  if (text.size() <= kLabelBytes) return text;
  std::size_t end = kLabelBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

struct Range {
  double least = 0, most = 1;
};

// 1, 2 or 5 times a power of ten, so that five to ten of them fill the range.
double tick_of(double span) {
  const double rough = span / 8;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

class Picture {
 public:
  explicit Picture(const NightReport& night) : night_(night), y_(range_of(night)) {}

  std::string draw() {
    head();
    axes();
    band();
    dots();
    line();
    labels();
    return svg_ + "</svg>\n";
  }

 private:
  // All that was kept, and of the others what is no farther off than the stairs are high: one run
  // that blew up must not flatten the picture. It stands at the edge.
  static Range range_of(const NightReport& night) {
    std::vector<double> kept;
    if (night.start) kept.push_back(*night.start);
    for (const NightStep& step : night.steps) {
      if (step.value) kept.push_back(*step.value);
    }
    std::vector<double> others;
    for (const NightDot& dot : night.dots) {
      if (dot.value) others.push_back(*dot.value);
    }
    if (kept.empty()) kept = others;
    if (kept.empty()) return {};
    const auto [low, high] = std::ranges::minmax(kept);
    const double noise = night.noise.deviation.value_or(0);
    const double height = std::max({high - low, 4 * noise, 1e-9 + 1e-9 * std::abs(high)});
    Range range{low - 1.5 * noise, high};
    for (const double value : others) {
      if (value < low - height || value > high + height) continue;
      range = {std::min(range.least, value), std::max(range.most, value)};
    }
    const double margin = std::max(height, range.most - range.least) * 0.06;
    return {range.least - margin, range.most + margin};
  }

  double x(double order) const {
    const auto count = static_cast<double>(std::max<std::size_t>(1, night_.dots.size()));
    return kLeft + (kWidth - kLeft - kRight) * (order - 0.5) / count;
  }
  double y(double value) const {
    const double share = (value - y_.least) / (y_.most - y_.least);
    return kFloor - (kFloor - kTop) * std::clamp(share, 0.0, 1.0);
  }

  template <class... Values>
  void put(fmt::format_string<Values...> text, Values&&... values) {
    svg_ += fmt::format(text, std::forward<Values>(values)...);
  }

  void head() {
    put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" role=\"img\">\n",
        kWidth, kHeight);
    put("<title>{}</title>\n<style>{}</style>\n", escaped(headline_of(night_)), kStyle);
    put("<text class=\"head\" x=\"{}\" y=\"30\">{}</text>\n", kLeft, escaped(night_.project));
    put("<text class=\"soft\" x=\"{}\" y=\"52\">{}</text>\n", kLeft, escaped(headline_of(night_)));
  }

  void axes() {
    const double tick = tick_of(y_.most - y_.least);
    const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(tick))), 0, 9);
    for (double at = std::ceil(y_.least / tick) * tick; at <= y_.most; at += tick) {
      put("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kLeft,
          kWidth - kRight, y(at), y(at));
      put("<text class=\"soft\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.{}f}</text>\n",
          kLeft - 10, y(at) + 4, at, decimals);
    }
    const auto count = static_cast<double>(night_.dots.size());
    const double step = std::max(1.0, tick_of(std::max(1.0, count * 0.6)));
    for (double at = step; at <= count; at += step) {
      put("<text class=\"soft\" x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x(at),
          kHeight - kBottom + 24, static_cast<int>(at));
    }
    put("<text class=\"soft\" x=\"{}\" y=\"{}\" text-anchor=\"end\">experiments, as they "
        "ended</text>\n",
        kWidth - kRight, kHeight - 14);
    put("<text class=\"soft\" x=\"{}\" y=\"{}\">{}, {} is better</text>\n", kLeft, kHeight - 14,
        escaped(night_.metric), night_.lower_is_better ? "lower" : "higher");
  }

  void band() {
    const auto& noise = night_.noise.deviation;
    if (!night_.reached || !noise) return;
    const double top = y(*night_.reached + *noise);
    const double bottom = y(*night_.reached - *noise);
    put("<rect class=\"band\" x=\"{}\" width=\"{}\" y=\"{:.1f}\" height=\"{:.1f}\"><title>the "
        "noise floor around the best</title></rect>\n",
        kLeft, kWidth - kLeft - kRight, top, std::max(1.0, bottom - top));
  }

  void dots() {
    for (std::size_t i = 0; i < night_.dots.size(); ++i) {
      const NightDot& dot = night_.dots[i];
      const double at = x(static_cast<double>(i + 1));
      const std::string title = escaped(fmt::format("{:03} {}", dot.number, dot.title));
      if (dot.failed || !dot.value) {
        const double low = kHeight - kBottom - 5;
        put("<path class=\"bad\" d=\"M{:.1f} {:.1f}l8 8m0 -8l-8 8\"><title>{}, failed</title>"
            "</path>\n",
            at - 4, low - 4, title);
      } else if (!dot.kept) {
        put("<circle class=\"dot\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\"><title>{}</title>"
            "</circle>\n",
            at, y(*dot.value), title);
      }
    }
  }

  std::optional<double> order_of(const NightStep& step) const {
    const auto found = std::ranges::find(night_.dots, step.number, &NightDot::number);
    if (found == night_.dots.end() || !step.value) return std::nullopt;
    return static_cast<double>(found - night_.dots.begin() + 1);
  }

  void line() {
    if (!night_.start && night_.steps.empty()) return;
    std::string path;
    std::optional<double> level = night_.start;
    if (level) path = fmt::format("M{:.1f} {:.1f}", kLeft, y(*level));
    double at = kLeft;
    for (const NightStep& step : night_.steps) {
      const auto order = order_of(step);
      if (!order) continue;
      at = std::max(at, x(*order));
      path += level ? fmt::format("H{:.1f}V{:.1f}", at, y(*step.value))
                    : fmt::format("M{:.1f} {:.1f}", at, y(*step.value));
      level = step.value;
    }
    if (path.empty()) return;
    put("<path class=\"best\" d=\"{}H{}\"/>\n", path, kWidth - kRight);
  }

  // Before its dot, on the side of the stairs where no experiment lies: what was better is a step
  // itself. Each on a line of its own, away from the one before.
  void labels() {
    const double away = night_.lower_is_better ? 1 : -1;
    double last_x = -kWidth;
    double last_y = 0;
    for (const NightStep& step : night_.steps) {
      const auto order = order_of(step);
      if (!order) continue;
      const double at = x(*order);
      const double level = y(*step.value);
      const char* const doubt = is_in_noise(step.noise_x) ? "~" : "";
      std::string text = fmt::format("{}{:03} {}", doubt, step.number, shortened(step.title));
      if (at - width_of(text) < kLeft) text = fmt::format("{}{:03}", doubt, step.number);
      const bool has_room = at - width_of(text) > kLeft;
      double height = level + (has_room ? 5 : 5 + 16 * away);
      const bool is_near = at - last_x < width_of(text);
      if (is_near && (height - last_y) * away < kLabelGap) height = last_y + kLabelGap * away;
      label(has_room ? at - 11 : kLeft + 8, height, has_room ? "end" : "start", text);
      put("<circle class=\"kept\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\"><title>{:03} {}</title>"
          "</circle>\n",
          at, level, step.number, escaped(step.title));
      last_x = at;
      last_y = height;
    }
  }

  static double width_of(const std::string& text) {
    return kLetter * static_cast<double>(text.size()) + 14;
  }

  void label(double at, double height, const char* anchor, const std::string& text) {
    put("<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at,
        height, anchor, escaped(text));
  }

  const NightReport& night_;  // outlives us
  const Range y_;
  std::string svg_;
};

}  // namespace

std::string staircase_svg(const NightReport& night) { return Picture(night).draw(); }

}  // namespace pawl
