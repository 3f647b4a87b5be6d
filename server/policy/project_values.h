// What only keys of pawl.toml hold; see key_values.h.
#pragma once
#include <string>
#include <vector>

#include "server/policy/key_values.h"
#include "server/policy/project_file.h"

namespace pawl {

Codec<std::string> volume_source();  // absolute, or "~/...": the home of the human
Codec<std::string> volume_path();    // absolute or relative; "~/data" is "data": the job's home is
                                     // its checkout
// At least one, none twice, each inside the checkout, without "." or ".."; "data/" is "data".
Codec<std::vector<std::string>> plain_paths();
// "ccache" and the like, or "VARIABLE=folder" for any other; none twice.
Codec<std::vector<CompileCache>> compile_caches();

}  // namespace pawl
