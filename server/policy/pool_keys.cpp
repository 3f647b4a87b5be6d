#include "server/policy/pool_keys.h"

#include "server/policy/sections.h"

namespace pawl {

namespace {

// What its provider bills, and how.
Fields<Pool> bill_fields() {
  return {
      field(&Pool::spot_price, usd_per_hour(),
            {.name = "spot_price",
             .example = "1.19",
             .doc = "of the same units where the provider may take them away; the stage's `spot` "
                    "decides who may have them",
             .tighter = Tighter::kHigher}),
      field(&Pool::spot_interruptions, decimal_number(),
            {.name = "spot_interruptions_per_hour",
             .fallback = "0",
             .example = "0.05",
             .doc = "how often an attempt on spot is expected to lose its machine, until three "
                    "were measured"}),
      field(&Pool::gb_second_price, usd_per_gb_second(),
            {.name = "price_per_gb_second",
             .example = "0.0000166667",
             .doc = "instead of `price`, with `memory_gb`: a function that is paid by its memory"}),
      field(&Pool::memory_mb, gigabytes_of_memory(),
            {.name = "memory_gb", .example = "10", .doc = "what one such slot holds"}),
      field(&Pool::valid_from, date(),
            {.name = "price_valid_from",
             .example = "\"2026-01-01\"",
             .doc = "first day of the prices, in `timezone`; before it nothing starts there"}),
      field(&Pool::valid_until, date(),
            {.name = "price_valid_until",
             .example = "\"2026-12-31\"",
             .doc = "last day of the prices; after it nothing starts there"}),
      field(&Pool::least_billed, seconds(),
            {.name = "min_billing_seconds",
             .fallback = "0",
             .example = "60",
             .doc = "paid even by an attempt that ends sooner"}),
      field(&Pool::billing_step, seconds(),
            {.name = "billing_step_seconds",
             .fallback = "0.001",
             .example = "1",
             .doc = "paid time is rounded up to a multiple of it"}),
      field(&Pool::disk_price, usd(),
            {.name = "storage_usd_per_gb_month",
             .example = "0.08",
             .doc = "with `disk_gb`; a month has 730 hours. Without it storage costs nothing"}),
      field(&Pool::disk_gb, count(1, 1'000'000),
            {.name = "disk_gb",
             .example = "100",
             .doc = "the disk that an attempt holds and pays for while it lives"}),
      field(&Pool::transfer_price, usd(),
            {.name = "transfer_usd_per_gb",
             .example = "0.09",
             .doc = "with `transfer_gb`. Volumes of the local runner are mounted, not carried, so "
                    "there it is what your provider bills for the job's own traffic"}),
      field(&Pool::transfer_gb, count(1, 1'000'000),
            {.name = "transfer_gb",
             .example = "2",
             .doc = "carried for one attempt, at most; nobody measures it, so all of it is charged "
                    "to each"}),
  };
}

Fields<Pool> machine_fields() {
  const auto runner = word<RunnerKind>({{"local", RunnerKind::kLocal}});
  const auto billing = word<Billing>({{"metered", Billing::kMetered}, {"owned", Billing::kOwned}});
  return {
      field(&Pool::runner, runner,
            {.name = "runner",
             .fallback = "\"local\"",
             .example = "\"local\"",
             .doc = "what starts and watches its attempts"}),
      field(&Pool::gpu, free_text(),
            {.name = "gpu", .example = "\"H100\"", .doc = "the kind of GPU; this or `kind`"}),
      field(&Pool::gpu_memory_gb, count(1, 10'000),
            {.name = "gpu_memory_gb",
             .example = "80",
             .doc = "only GPUs with at least so much memory"}),
      field(&Pool::count, units_or_auto(),
            {.name = "count",
             .fallback = "\"auto\"",
             .example = "4",
             .doc = "GPUs or slots; \"auto\": as many as the machine has",
             .tighter = Tighter::kLower}),
      field(&Pool::billing, billing,
            {.name = "billing",
             .fallback = "\"metered\"",
             .example = "\"owned\"",
             .doc = "\"metered\": somebody sends a bill; \"owned\": the price is for "
                    "accounting"}),
      field(&Pool::comparability_class, free_text(),
            {.name = "class",
             .example = "\"A\"",
             .doc = "metrics are ranked only inside one class",
             .required = true}),
      field(&Pool::startup, seconds(),
            {.name = "startup_seconds",
             .fallback = "0",
             .example = "90",
             .doc = "the longest that a machine is paid before the attempt begins"}),
  };
}

}  // namespace

const Fields<PoolText>& pool_fields() {
  static const Fields<PoolText> fields = joined(
      joined(fields_of(&PoolText::pool, machine_fields()),
             {field(&PoolText::price, usd_per_hour(),
                    {.name = "price",
                     .example = "2.39",
                     .doc = "this or `price_per_gb_second`: there is no default, an unknown price "
                            "refuses the file",
                     .tighter = Tighter::kHigher})}),
      joined(fields_of(&PoolText::pool, bill_fields()),
             {field(&PoolText::kind, word<PoolKind>({{"cpu", PoolKind::kCpu}}),
                    {.name = "kind",
                     .example = "\"cpu\"",
                     .doc = "slots without GPUs; this or `gpu`"})}));
  return fields;
}

namespace {

// Of two keys that mean nothing without each other.
void check_pair(TomlForest& forest, const TomlNode& table, const char* first, const char* second) {
  const TomlMember* one = table.find(first);
  const TomlMember* other = table.find(second);
  if ((one == nullptr) == (other == nullptr)) return;
  const TomlMember& there = one != nullptr ? *one : *other;
  const std::string missing = one == nullptr ? first : second;
  forest.report(there.value.place, there.key + " needs " + missing + " beside it",
                "Add " + missing + ", or remove " + there.key + ".");
}

void check_prices(TomlForest& forest, const SectionTable& section, PoolText& text) {
  const TomlNode& table = *section.table;
  Pool& pool = text.pool;
  check_pair(forest, table, "price_per_gb_second", "memory_gb");
  check_pair(forest, table, "storage_usd_per_gb_month", "disk_gb");
  check_pair(forest, table, "transfer_usd_per_gb", "transfer_gb");
  const TomlMember* price = table.find("price");
  const TomlMember* by_memory = table.find("price_per_gb_second");
  if ((price == nullptr) == (by_memory == nullptr)) {
    forest.report(price == nullptr ? table.place : price->value.place,
                  section.section + " needs exactly one of price and price_per_gb_second",
                  "There is no default price: what is unknown cannot be reserved.");
    return;
  }
  if (text.price) pool.price = *text.price;
  if (pool.gb_second_price && pool.memory_mb)
    pool.price = rate_of(pool, Offer::kOnDemand).per_unit();
  const TomlMember& named = price != nullptr ? *price : *by_memory;
  const bool known = price != nullptr || pool.memory_mb;
  if (known && pool.billing == Billing::kMetered && pool.price == HourlyPrice{}) {
    forest.report(named.value.place, named.key + ": a metered pool is not free",
                  "Write what is billed, or billing = \"owned\".");
  }
  const TomlMember* spot = table.find("spot_price");
  if (spot != nullptr && by_memory != nullptr) {
    forest.report(spot->value.place, "spot_price: a pool that is paid by its memory has no spot",
                  "Define a pool of its own for the spot capacity.");
  }
  const TomlMember* until = table.find("price_valid_until");
  if (until != nullptr && pool.valid_from && pool.valid_until &&
      pool.valid_until->value < pool.valid_from->value) {
    forest.report(until->value.place, "price_valid_until: lies before price_valid_from",
                  "Both days are included.");
  }
}

}  // namespace

Pools read_pools(TomlForest& forest) {
  Pools pools;
  for (const SectionTable& section : named_sections(forest, "pool", is_name)) {
    PoolText text;
    read_section(forest, *section.table, section.section, pool_fields(), text);
    if (section.table->kind != TomlKind::kTable) continue;
    if (text.pool.gpu.has_value() == text.kind.has_value()) {
      forest.report(
          section.table->place, section.section + " needs either gpu or kind = \"cpu\"",
          "gpu = \"H100\" names the kind of its GPUs; kind = \"cpu\" says that it has none.");
    }
    check_prices(forest, section, text);
    text.pool.name = section.name;
    text.pool.source = forest.source_of(section.table->place);
    pools.push_back(std::move(text.pool));
  }
  return pools;
}

}  // namespace pawl
