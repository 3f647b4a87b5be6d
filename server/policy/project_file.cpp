#include "server/policy/project_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "server/core/text.h"
#include "server/policy/project_keys.h"
#include "server/policy/sections.h"

namespace pawl {
namespace {

const std::vector<std::string> kTopKeys = {"name", "command", "build",  "frozen",     "artifacts",
                                           "goal", "params",  "volume", "environment"};

// It becomes an option of a command line and a name in ${...}.
bool is_param_name(std::string_view name) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= 64 &&
         std::isalpha(static_cast<unsigned char>(name.front())) && std::ranges::all_of(name, fits);
}

// Checks values of a parameter against what of its spec is known so far.
class SpecBuilder {
 public:
  SpecBuilder(TomlForest& forest, const SectionTable& section, ParamType type)
      : forest_(forest), section_(section) {
    spec_.name = section.name;
    spec_.type = type;
  }

  std::optional<ParamValue> check(std::string_view key, const std::optional<ParamValue>& value) {
    if (!value) return std::nullopt;
    const Result<ParamValue> checked = check_param(spec_, *value);
    if (checked) return *checked;
    report(key, checked.error());
    return std::nullopt;
  }

  void refuse_range_without_numbers() {
    if (spec_.type == ParamType::kInt || spec_.type == ParamType::kFloat) return;
    for (const std::string_view key : {"min", "max"}) {
      if (section_.table->find(key) != nullptr)
        report(key, {ErrorKind::kInvalid, "only numbers have a range"});
    }
  }

  ParamSpec build(const ParamText& text) {
    refuse_range_without_numbers();
    const auto min = check("min", text.min);
    spec_.min = min;
    const auto max = check("max", text.max);  // below min: "is under the limit"
    spec_.max = max;
    std::vector<ParamValue> choices;
    for (const ParamValue& choice : text.choices) {
      if (const auto checked = check("choices", choice)) choices.push_back(*checked);
    }
    spec_.choices = std::move(choices);
    spec_.fallback = check("default", text.fallback);
    spec_.doc = text.doc;
    return spec_;
  }

 private:
  void report(std::string_view key, const Error& error) {
    const TomlMember* member = section_.table->find(key);
    const Place& place = member == nullptr ? section_.table->place : member->value.place;
    forest_.report(place, fmt::format("{}: {}", key, error.message), error.hint);
  }

  TomlForest& forest_;  // outlives us
  const SectionTable& section_;
  ParamSpec spec_;
};

void read_params(TomlForest& forest, std::vector<ParamSpec>& params) {
  for (const SectionTable& section : named_sections(forest, "params", is_param_name)) {
    ParamText text;
    const std::size_t mistakes = forest.mistakes.size();
    read_section(forest, *section.table, section.section, param_fields(), text);
    if (forest.mistakes.size() != mistakes) {
      params.push_back({.name = section.name});  // so that ${name} is not a second mistake
    } else {
      params.push_back(SpecBuilder(forest, section, text.type).build(text));
    }
  }
  std::ranges::sort(params, {}, &ParamSpec::name);
}

void check_element(TomlForest& forest, const TomlNode& element,
                   const std::vector<std::string>& known) {
  for (const std::string& name : names_in(element.text)) {
    if (std::ranges::find(known, name) != known.end()) continue;
    forest.report(element.place, fmt::format("no parameter is named \"{}\"", name.substr(0, 64)),
                  nearest(name, known).empty()
                      ? "Declare it as [params.NAME], or write $${ for a literal ${."
                      : hint_for(name, known));
  }
  if (element.text != kAllParams && element.text.find(kAllParams) != std::string::npos) {
    forest.report(element.place, "{params} is not an element of its own",
                  "It becomes several arguments, so it must stand alone: \"{params}\".");
  }
}

void check_commands(TomlForest& forest, const std::vector<ParamSpec>& params) {
  std::vector<std::string> known;
  for (const ParamSpec& spec : params) known.push_back(spec.name);
  for (const std::string_view key : {"command", "build"}) {
    const TomlMember* member = forest.root.find(key);
    if (member == nullptr) continue;
    for (const TomlNode& element : member->value.items) {
      if (element.kind == TomlKind::kText) check_element(forest, element, known);
    }
  }
}

void read_volumes(TomlForest& forest, std::vector<ProjectVolume>& volumes) {
  for (const SectionTable& section : listed_sections(forest, "volume")) {
    ProjectVolume volume;
    read_section(forest, *section.table, section.section, volume_fields(), volume);
    if (std::ranges::find(volumes, volume.name, &ProjectVolume::name) != volumes.end()) {
      forest.report(section.table->place, fmt::format("volume \"{}\" stands twice", volume.name),
                    "Give each its own name.");
    }
    volumes.push_back(std::move(volume));
  }
}

// A path that lies in another would be built, moved and shown twice.
void check_environment_paths(TomlForest& forest, const TomlNode& section,
                             const std::vector<std::string>& paths) {
  for (const std::string& inner : paths) {
    for (const std::string& outer : paths) {
      if (&inner == &outer || (inner != outer && !inner.starts_with(outer + "/"))) continue;
      const TomlMember* member = section.find("path");
      return forest.report(member->value.place,
                           fmt::format("path: \"{}\" lies in \"{}\"", inner, outer),
                           "Name the outer folder alone.");
    }
  }
}

void read_environment(TomlForest& forest, Environment& environment) {
  if (forest.root.find("environment") == nullptr) return;
  const TomlNode& section = section_of(forest, "environment");
  const std::size_t mistakes = forest.mistakes.size();
  read_section(forest, section, "[environment]", environment_fields(), environment);
  if (forest.mistakes.size() == mistakes)
    check_environment_paths(forest, section, environment.path);
}

void check_required_top(TomlForest& forest) {
  for (const Field<ProjectFile>& f : project_top_fields()) {
    if (!f.info.required || forest.root.find(f.info.name) != nullptr) continue;
    forest.report(forest.root.place, fmt::format("the key \"{}\" is missing", f.info.name),
                  fmt::format("Add {} = {}.", f.info.name, f.info.example));
  }
}

constexpr std::string_view kReferenceHead =
    R"(# Keys of pawl.toml

In `command` and `build`, `${NAME}` becomes that parameter's value, wherever in an argument it stands; `$${` is a literal
`${`. An argument that is exactly `{params}` becomes one `--NAME=VALUE` for each parameter that the command does not mention as
`${NAME}`, in the order of their names. No shell reads any of it.

Goal, frozen files, volumes and environment count as the approved base says, the rest as the experiment's own pawl.toml does.

A command runs in its checkout, which is its `HOME` too, and is told:

| variable | what |
|---|---|
| `PAWL_PARAMS` | the file `config.json`: parameters, command, stage, seed, limit |
| `PAWL_SEED` | the seed of this repetition |
| `PAWL_DEADLINE` | seconds until it is ended |
| `PAWL_RUN_DIR` | where `metrics.jsonl` goes |
| `PAWL_ARTIFACTS` | where files go that should be kept |
| `PAWL_CHECKPOINT_DIR` | one for a job, so that its next attempt goes on where the last one ended |
| `CUDA_VISIBLE_DEVICES` | its GPUs |

`PATH`, `LANG` and `TMPDIR` are set; nothing else of the server's variables reaches it.

An environment is built by a job of its own, in a checkout of the base, when the first experiment needs it. Programs that build
it have to lie in `/usr` or `/opt`. The build has network, the server's proxy and package index variables, and keeps downloads
for the next one. Of its checkout only `path` is kept: a package installed as editable is not. Where `uv` fetches a Python
of its own, name `.local/share/uv` in `path` too. A failed build ends the jobs that wait for it; the next submit tries again. The
stage `environment` of the policy, where it is written down, says on which pools and for how long a build may run.

Caches of compilers: `torch_inductor`, `triton`, `cuda` and `ccache` set the variable that each program knows; `VARIABLE=folder`
does so for another one. At most 2 GiB each.

A human registers a volume: `pawl init` those with a `source`, `pawl volume add NAME FOLDER` the others.
)";

}  // namespace

std::expected<ProjectFile, Diagnostics> parse_project_file(const SourceText& file) {
  TomlForest forest = read_toml({file});
  if (forest.broken) return std::unexpected(forest.mistakes);
  ProjectFile project;
  check_top(forest, kTopKeys);
  check_required_top(forest);
  read_members(forest, forest.root, project_top_fields(), project);
  read_section(forest, section_of(forest, "goal"), "[goal]", goal_fields(), project.goal);
  read_params(forest, project.params);
  check_commands(forest, project.params);
  read_volumes(forest, project.volumes);
  read_environment(forest, project.environment);
  if (forest.mistakes.empty()) return project;
  return std::unexpected(in_order(std::move(forest.mistakes)));
}

std::string project_file_reference() {
  return std::string(kReferenceHead) +
         reference_of({
             {"top of the file", "Before the first section.", infos(project_top_fields())},
             {"[goal]", "What better means.", infos(goal_fields())},
             {"[params.NAME]", "One parameter that an agent may set.", infos(param_fields())},
             {"[[volume]]", "Read-only data.", infos(volume_fields())},
             {"[environment]",
              "What is built once for all experiments with the same key, with network, and then "
              "read-only.",
              infos(environment_fields())},
         });
}

}  // namespace pawl
