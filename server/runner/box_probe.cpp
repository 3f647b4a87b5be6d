#include "server/runner/box_probe.h"

#include <cstdlib>

#include "keeper/contract.h"
#include "server/runner/process.h"
#include "server/runner/spec_file.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kProbeTime{10'000};

// A folder that is gone when we are done.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "pawl-probe-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// The keeper without arguments answers with its usage code: then box, loader and program all work.
Result<void> try_box(BoxSpec box, const fs::path& scratch) {
  box.etc = scratch / "etc";
  box.work = scratch;
  CHECK_OK(write_etc(box.etc));
  TRY(std::vector<std::string> argv, box_arguments(box));
  argv.push_back(box.keeper.string());
  TRY(const ProgramEnd end, run_program(argv, {}, kProbeTime));
  if (end.code == static_cast<int>(keeper::Exit::kUsage)) return {};
  return fail(ErrorKind::kEngine, "bubblewrap does not work here: " + last_line(end.errors));
}

}  // namespace

Result<BoxSpec> probe_box(const fs::path& keeper) {
  BoxSpec box{.bwrap = find_in_path("bwrap"), .keeper = keeper};
  if (box.bwrap.empty()) return fail(ErrorKind::kEngine, "bubblewrap is not installed");
  const ScratchFolder scratch;
  if (scratch.path().empty())
    return fail(ErrorKind::kEngine, "could not create a folder to try bubblewrap in");
  if (try_box(box, scratch.path())) return box;
  box.nested_namespaces_off = false;
  CHECK_OK(try_box(box, scratch.path()));
  return box;
}

}  // namespace pawl
