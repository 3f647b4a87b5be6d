#include "server/source/text_diff.h"

#include "server/source/git.h"

namespace pawl {
namespace {

using PatchPtr = git::Owned<git_patch, git_patch_free>;

struct Buffer {
  Buffer() = default;
  ~Buffer() { git_buf_dispose(&raw); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  git_buf raw{};
};

}  // namespace

Result<std::string> unified_diff(const TextChange& change) {
  git::start_library();
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags = GIT_DIFF_FORCE_TEXT;
  PatchPtr patch;
  CHECK_OK(
      git::ok(git_patch_from_buffers(git::out(patch), change.before.data(), change.before.size(),
                                     change.name.c_str(), change.after.data(), change.after.size(),
                                     change.name.c_str(), &options),
              "could not compare {}", change.name));
  Buffer text;
  CHECK_OK(git::ok(git_patch_to_buf(&text.raw, patch.get()), "could not compare {}", change.name));
  const std::string all(text.raw.ptr, text.raw.size);
  const std::size_t hunks = all.find("@@");  // git's headers above it name blobs that do not exist
  return hunks == std::string::npos ? "" : change.name + "\n" + all.substr(hunks);
}

}  // namespace pawl
