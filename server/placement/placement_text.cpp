#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/core/text.h"
#include "server/placement/placement.h"

namespace pawl {
namespace {

// In the order in which they are counted up for a reader.
constexpr std::array kOthers = {
    std::pair(OfferVerdict::kDearer, "dearer"),
    std::pair(OfferVerdict::kBusy, "busy"),
    std::pair(OfferVerdict::kClosed, "closed"),
    std::pair(OfferVerdict::kTooSmall, "too small"),
    std::pair(OfferVerdict::kWrongClass, "in another comparability class"),
    std::pair(OfferVerdict::kNotAllowed, "not allowed by the stage's spot rule"),
    std::pair(OfferVerdict::kNoPrice, "without a price in force"),
    std::pair(OfferVerdict::kUnknown, "not there"),
};

std::string usd(Money money) { return format_usd(money) + " USD"; }

}  // namespace

std::string_view name_of(NotPlaced reason) {
  switch (reason) {
    case NotPlaced::kUnknownPool:
      return "unknown_pool";
    case NotPlaced::kLargerThanAnyPool:
      return "larger_than_any_pool";
    case NotPlaced::kOnlySpot:
      return "only_spot";
    case NotPlaced::kOtherClass:
      return "other_class";
    case NotPlaced::kNoPriceInForce:
      return "no_price_in_force";
    case NotPlaced::kNoUsablePool:
      return "no_usable_pool";
    case NotPlaced::kAllBusy:
      return "all_busy";
  }
  __builtin_unreachable();
}

std::string_view name_of(OfferVerdict verdict) {
  switch (verdict) {
    case OfferVerdict::kChosen:
      return "chosen";
    case OfferVerdict::kUnknown:
      return "unknown";
    case OfferVerdict::kTooSmall:
      return "too_small";
    case OfferVerdict::kNotAllowed:
      return "not_allowed";
    case OfferVerdict::kWrongClass:
      return "wrong_class";
    case OfferVerdict::kNoPrice:
      return "no_price";
    case OfferVerdict::kClosed:
      return "closed";
    case OfferVerdict::kBusy:
      return "busy";
    case OfferVerdict::kDearer:
      return "dearer";
  }
  __builtin_unreachable();
}

std::string_view name_of(Offer offer) { return offer == Offer::kSpot ? "spot" : "on-demand"; }

std::string describe(NotPlaced reason, const PlaceRequest& request) {
  switch (reason) {
    case NotPlaced::kUnknownPool:
      return "cannot place: the stage allows no pool that exists";
    case NotPlaced::kLargerThanAnyPool:
      return fmt::format("cannot place: {} GPUs a job is more than the stage has in one place",
                         request.gpus);
    case NotPlaced::kOnlySpot:
      return "cannot place: the stage's spot rule leaves no place";
    case NotPlaced::kOtherClass:
      return fmt::format(
          "could not place: what it is compared with ran in class {}, and the stage "
          "has no place in that class",
          request.required_class.value_or("?"));
    case NotPlaced::kNoPriceInForce:
      return "could not place: no place that the stage allows has a price in force today";
    case NotPlaced::kNoUsablePool:
      return "could not place: every pool that the stage allows is closed";
    case NotPlaced::kAllBusy:
      return request.required_class
                 ? fmt::format(
                       "could not place: every pool of class {}, which it is compared in, "
                       "is busy",
                       *request.required_class)
                 : "could not place: every pool that the stage allows is busy";
  }
  __builtin_unreachable();
}

std::string why(const PlaceAnswer& answer) {
  const auto chosen =
      std::ranges::find(answer.offers, OfferVerdict::kChosen, &OfferAnswer::verdict);
  if (chosen == answer.offers.end()) return "";
  if (answer.offers.size() == 1)
    return fmt::format("the only place; {} expected for a finished result", usd(chosen->expected));
  std::string text =
      fmt::format("the cheapest of {} places for a finished result, its wait counted: {} expected",
                  answer.offers.size(), usd(chosen->expected));
  const char* before = "; ";
  for (const auto& [verdict, word] : kOthers) {
    const auto count = std::ranges::count(answer.offers, verdict, &OfferAnswer::verdict);
    if (count == 0) continue;
    text += fmt::format("{}{} {}", before, count, word);
    before = ", ";
    if (verdict != OfferVerdict::kDearer) continue;
    Money least = Money::micros(INT64_MAX);
    for (const OfferAnswer& offer : answer.offers) {
      if (offer.verdict == verdict) least = std::min(least, offer.expected);
    }
    text += fmt::format(" ({}{})", count == 1 ? "" : "from ", usd(least));
  }
  return text;
}

std::string why_by_pool(const PlaceAnswer& answer, const PlaceRequest& request) {
  std::string text;
  for (const OfferAnswer& offer : answer.offers) {
    if (!text.empty()) text += '\n';
    text += fmt::format("{} {}: {}", request.pools[offer.pool], name_of(offer.offer),
                        name_of(offer.verdict));
    if (offer.verdict == OfferVerdict::kChosen || offer.verdict == OfferVerdict::kDearer) {
      text += fmt::format(", {} and {} expected for a finished result", usd(offer.expected),
                          format_duration(offer.duration));
    }
  }
  return text;
}

}  // namespace pawl
