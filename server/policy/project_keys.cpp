#include "server/policy/project_keys.h"

#include "server/policy/project_values.h"

namespace pawl {

const Fields<ProjectFile>& project_top_fields() {
  static const Fields<ProjectFile> fields = {
      field(&ProjectFile::name, name_text(),
            {.name = "name",
             .example = "\"tiny\"",
             .doc = "the project, unique on a server",
             .required = true}),
      field(&ProjectFile::command, arguments(),
            {.name = "command",
             .example = "[\"./train\", \"{params}\"]",
             .doc = "argv of an experiment; see below",
             .required = true}),
      field(&ProjectFile::build, arguments(),
            {.name = "build",
             .example = "[\"make\", \"train\"]",
             .doc = "argv that runs before it, inside the same limits"}),
      field(&ProjectFile::frozen, relative_paths(),
            {.name = "frozen",
             .example = "[\"evaluate.py\", \"data/\"]",
             .doc = "files and folders that an experiment may not change"}),
      field(&ProjectFile::artifacts, relative_paths(),
            {.name = "artifacts",
             .example = "[\"*.bin\"]",
             .doc = "globs of what is kept from the run's `artifacts/`"}),
  };
  return fields;
}

const Fields<Goal>& goal_fields() {
  const auto direction = word<Direction>({{"min", Direction::kMin}, {"max", Direction::kMax}});
  static const Fields<Goal> fields = {
      field(&Goal::metric, metric_key(),
            {.name = "metric",
             .example = "\"val_bpb\"",
             .doc = "what experiments are judged by",
             .required = true}),
      field(&Goal::direction, direction,
            {.name = "direction",
             .example = "\"min\"",
             .doc = "which way is better",
             .required = true}),
      field(&Goal::decimals, count(0, 12),
            {.name = "decimals", .fallback = "4", .example = "4", .doc = "digits shown"}),
  };
  return fields;
}

const Fields<ParamText>& param_fields() {
  const auto type = word<ParamType>({{"int", ParamType::kInt},
                                     {"float", ParamType::kFloat},
                                     {"string", ParamType::kString},
                                     {"bool", ParamType::kBool}});
  static const Fields<ParamText> fields = {
      field(
          &ParamText::type, type,
          {.name = "type", .example = "\"float\"", .doc = "what its values are", .required = true}),
      field(&ParamText::min, scalar(),
            {.name = "min", .example = "0.0001", .doc = "the least number allowed"}),
      field(&ParamText::max, scalar(),
            {.name = "max", .example = "0.1", .doc = "the greatest number allowed"}),
      field(&ParamText::choices, scalars(),
            {.name = "choices", .example = "[32, 64]", .doc = "the only values allowed"}),
      field(&ParamText::fallback, scalar(),
            {.name = "default",
             .example = "0.003",
             .doc = "where the agent gives none; without it the agent must"}),
      field(&ParamText::doc, free_text(),
            {.name = "doc", .example = "\"peak learning rate\"", .doc = "shown to the agent"}),
  };
  return fields;
}

const Fields<ProjectVolume>& volume_fields() {
  static const Fields<ProjectVolume> fields = {
      field(
          &ProjectVolume::name, name_text(),
          {.name = "name", .example = "\"corpus\"", .doc = "as reports name it", .required = true}),
      field(&ProjectVolume::source, volume_source(),
            {.name = "source",
             .example = "\"~/.cache/corpus\"",
             .doc = "a folder of the host; absent: the server's volume of that name"}),
      field(&ProjectVolume::path, volume_path(),
            {.name = "path",
             .example = "\"/data\"",
             .doc = "where the experiment finds it, read-only; its home is its checkout",
             .required = true}),
  };
  return fields;
}

const Fields<Environment>& environment_fields() {
  static const Fields<Environment> fields = {
      field(&Environment::build, arguments(),
            {.name = "build",
             .example = "[\"uv\", \"sync\", \"--frozen\"]",
             .doc = "argv, run once for each key in a checkout of the base",
             .required = true}),
      field(&Environment::key, plain_paths(),
            {.name = "key",
             .example = "[\"uv.lock\"]",
             .doc = "files that the build depends on; an experiment may not change them",
             .required = true}),
      field(&Environment::path, plain_paths(),
            {.name = "path",
             .example = "[\".venv\"]",
             .doc = "what the build makes",
             .required = true}),
      field(&Environment::caches, compile_caches(),
            {.name = "caches",
             .example = "[\"torch_inductor\", \"JAX_COMPILATION_CACHE_DIR=jax\"]",
             .doc = "caches of compilers, each experiment with a copy of its own"}),
  };
  return fields;
}

}  // namespace pawl
