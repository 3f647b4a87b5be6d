// `pawl volume`: what a human does with the data of experiments.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::size_t kOperatorTokens = 100'000;  // people scroll

struct NoArgs {};

struct AddArgs {
  std::string name, folder;
};

struct VerifyArgs {
  std::string name;
};

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<AddArgs>& add_fields() {
  static const Fields<AddArgs> table = {
      field("name", &AddArgs::name, "as pawl.toml names it").required(),
      field("folder", &AddArgs::folder, "absolute").required()};
  return table;
}

const Fields<VerifyArgs>& verify_fields() {
  static const Fields<VerifyArgs> table = {
      field("name", &VerifyArgs::name, "as volume_list shows it").required()};
  return table;
}

Table table_of(const std::vector<VolumeLine>& volumes) {
  Table table{.columns = {"name", "files", "bytes", "digest", "folder"}, .rows = {}};
  for (const VolumeLine& volume : volumes) {
    table.rows.push_back({volume.name, volume.files, volume.bytes, volume.digest, volume.source});
  }
  return table;
}

Result<Reply> add(const Call& call, const AddArgs& args) {
  TRY(const VolumeLine volume, call.service.add_volume(call.caller, args.name, args.folder));
  return Reply{.summary = fmt::format("Volume {} is registered: {} files, {} bytes.", volume.name,
                                      volume.files, volume.bytes),
               .data = {{"", table_of({volume})}},
               .tokens_max = kOperatorTokens};
}

Result<Reply> list(const Call& call, const NoArgs&) {
  TRY(const std::vector<VolumeLine> volumes, call.service.volumes());
  return Reply{.summary = fmt::format("{}.", plural(volumes.size(), "volume")),
               .data = {{"", table_of(volumes)}},
               .tokens_max = kOperatorTokens};
}

Result<Reply> verify(const Call& call, const VerifyArgs& args) {
  TRY(const VolumeLine volume, call.service.verify_volume(args.name));
  return Reply{.summary = fmt::format("Volume {} holds what was registered.", volume.name),
               .data = {{"", table_of({volume})}},
               .tokens_max = kOperatorTokens};
}

}  // namespace

Tool volume_add_tool() {
  return make_tool({.name = "volume_add",
                    .title = "Register a volume",
                    .description = "Registers a folder of data with the digest of what it holds.",
                    .idempotent = true},
                   add_fields(), add);
}

Tool volume_list_tool() {
  return make_tool({.name = "volume_list",
                    .title = "Volumes",
                    .description = "All registered volumes.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), list);
}

Tool volume_verify_tool() {
  return make_tool({.name = "volume_verify",
                    .title = "Verify a volume",
                    .description = "Reads every byte of a volume and compares its digest.",
                    .idempotent = true},
                   verify_fields(), verify);
}

}  // namespace pawl
