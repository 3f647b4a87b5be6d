// Which way a value moved, and what that lets happen: the one rule behind a repository's own policy
// (narrow in fields.h) and behind files that are proposals (reconcile.h).
#pragma once
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

#include "server/policy/policy.h"

namespace pawl {

// Which change of a value lets less happen. A value that is not Tighter in its direction is a
// loosening.
enum class Tighter : std::uint8_t {
  kNever,   // any change loosens
  kLower,   // a smaller number
  kHigher,  // a greater number
  kSubset,  // fewer words
};

enum class Effect : std::uint8_t { kSame, kTighter, kLooser };

template <class V>
Effect effect_of(const V& outer, const V& inner, Tighter tighter) {
  if (outer == inner) return Effect::kSame;
  if constexpr (std::is_same_v<V, std::vector<std::string>>) {
    const auto allowed = [&](const std::string& word) {
      return std::ranges::find(outer, word) != outer.end();
    };
    if (tighter == Tighter::kSubset && std::ranges::all_of(inner, allowed)) return Effect::kTighter;
  } else if constexpr (std::totally_ordered<V> && !std::ranges::range<V>) {
    if (tighter == Tighter::kLower && inner < outer) return Effect::kTighter;
    if (tighter == Tighter::kHigher && inner > outer) return Effect::kTighter;
  }
  return Effect::kLooser;
}

// What a proposal does to one value.
struct ValueChange {
  Effect effect = Effect::kSame;
  std::string before, after, source;  // as text; `source`: where the proposal says it, or nowhere
};

// Values as people write them.
std::string shown(Money money);
std::string shown(HourlyPrice price);
std::string shown(Milliseconds time);
std::string shown(const std::string& text);
std::string shown(const std::vector<std::string>& words);
std::string shown(const std::vector<double>& numbers);
std::string shown(Mode mode);
std::string shown(OnCut on_cut);
std::string shown(Spot spot);
std::string shown(const DailyWindow& window);
std::string shown(const Promotion& promotion);
template <class V>
  requires std::is_arithmetic_v<V>
std::string shown(V number) {
  return std::to_string(number);
}

template <class V>
std::string shown_if_known(const V& value) {
  if constexpr (requires { shown(value); }) {
    return shown(value);
  } else {
    return "another";
  }
}

// `outer` takes over what `inner` proposes where that is the same or tighter.
template <class V>
ValueChange take_tighter(V& outer, const V& inner, Tighter tighter) {
  const Effect effect = effect_of(outer, inner, tighter);
  ValueChange change{effect, shown_if_known(outer), shown_if_known(inner), ""};
  if (effect != Effect::kLooser) outer = inner;
  return change;
}
template <class V>
ValueChange take_tighter(Sourced<V>& outer, const Sourced<V>& inner, Tighter tighter) {
  ValueChange change = take_tighter(outer.value, inner.value, tighter);
  change.source = inner.source;
  if (change.effect != Effect::kLooser) outer.source = inner.source;
  return change;
}
// "Not set" does not limit: anything tightens it that has a direction at all.
template <class V>
ValueChange take_tighter(std::optional<V>& outer, const std::optional<V>& inner, Tighter tighter) {
  if (outer && inner) return take_tighter(*outer, *inner, tighter);
  if (!outer && !inner) return {};
  V nothing{};
  const V& value = inner ? *inner : *outer;
  ValueChange change = take_tighter(nothing, value, Tighter::kNever);
  (inner ? change.before : change.after) = "none";
  if (outer) change.before = take_tighter(nothing, value, Tighter::kNever).after;
  change.effect = inner && tighter != Tighter::kNever ? Effect::kTighter : Effect::kLooser;
  if (change.effect == Effect::kTighter) outer = inner;
  return change;
}

}  // namespace pawl
