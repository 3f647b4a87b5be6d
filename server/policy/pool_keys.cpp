#include "server/policy/pool_keys.h"

#include "server/policy/sections.h"

namespace pawl {

const Fields<PoolText>& pool_fields() {
  const auto runner = word<RunnerKind>({{"local", RunnerKind::kLocal}});
  const auto billing = word<Billing>({{"metered", Billing::kMetered}, {"owned", Billing::kOwned}});
  static const Fields<PoolText> fields = joined(
      fields_of(
          &PoolText::pool,
          Fields<Pool>{
              field(&Pool::runner, runner,
                    {.name = "runner",
                     .fallback = "\"local\"",
                     .example = "\"local\"",
                     .doc = "what starts and watches its attempts"}),
              field(
                  &Pool::gpu, free_text(),
                  {.name = "gpu", .example = "\"H100\"", .doc = "the kind of GPU; this or `kind`"}),
              field(&Pool::count, units_or_auto(),
                    {.name = "count",
                     .fallback = "\"auto\"",
                     .example = "4",
                     .doc = "GPUs or slots; \"auto\": as many as the machine has",
                     .tighter = Tighter::kLower}),
              field(&Pool::price, usd_per_hour(),
                    {.name = "price",
                     .example = "2.39",
                     .doc = "there is no default: an unknown price refuses the file",
                     .tighter = Tighter::kHigher,
                     .required = true}),
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
          }),
      {field(&PoolText::kind, word<PoolKind>({{"cpu", PoolKind::kCpu}}),
             {.name = "kind", .example = "\"cpu\"", .doc = "slots without GPUs; this or `gpu`"})});
  return fields;
}

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
    const TomlMember* price = section.table->find("price");
    if (price != nullptr && text.pool.billing == Billing::kMetered &&
        text.pool.price == HourlyPrice{}) {
      forest.report(price->value.place, "price: a metered pool is not free",
                    "Write what is billed, or billing = \"owned\".");
    }
    text.pool.name = section.name;
    text.pool.source = forest.source_of(section.table->place);
    pools.push_back(std::move(text.pool));
  }
  return pools;
}

}  // namespace pawl
