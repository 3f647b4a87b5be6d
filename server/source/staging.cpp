#include "server/source/staging.h"

#include <git2/sys/mempack.h>
#include <git2/sys/repository.h>

#include <string>
#include <unordered_set>

#include "server/source/shallow.h"
#include "server/source/user_objects.h"

namespace pawl::git {
namespace {

constexpr std::size_t kLooseMax = 64;  // more objects than this are one pack: two fsyncs, not 64
constexpr int kMemoryFirst = 1000;
constexpr int kUserLast = 1;

Result<OdbPtr> open_user_objects(git_repository* user) {
  git_buf path = GIT_BUF_INIT;
  CHECK_OK(ok(git_repository_item_path(&path, user, GIT_REPOSITORY_ITEM_OBJECTS),
              "could not find the user's objects"));
  const std::string folder(path.ptr, path.size);
  git_buf_dispose(&path);
  OdbPtr objects;
  CHECK_OK(ok(git_odb_open(out(objects), folder.c_str()), "could not open {}", folder));
  return objects;
}

// An odb owns its backends once they are added, and only then.
Result<void> add_backend(git_odb* odb, git_odb_backend* backend, int priority, bool writable) {
  const int code = writable ? git_odb_add_backend(odb, backend, priority)
                            : git_odb_add_alternate(odb, backend, priority);
  if (code < 0) backend->free(backend);
  return ok(code, "could not stage objects");
}

std::string raw(const git_oid& id) { return {reinterpret_cast<const char*>(id.id), GIT_OID_RAWSZ}; }

}  // namespace

Result<Staging> Staging::open(const std::filesystem::path& bare, git_repository* user) {
  Staging staging;
  staging.bare_ = bare;
  TRY(staging.repository_, open_bare(bare));
  const std::string objects = bare / "objects";
  CHECK_OK(ok(git_odb_open(out(staging.kept_), objects.c_str()), "could not open {}", objects));
  CHECK_OK(ok(git_odb_new(out(staging.staged_)), "could not stage objects"));
  git_odb* staged = staging.staged_.get();
  git_odb_backend* memory = nullptr;
  CHECK_OK(ok(git_mempack_new(&memory), "could not stage objects"));
  CHECK_OK(add_backend(staged, memory, kMemoryFirst, true));
  CHECK_OK(ok(git_odb_add_disk_alternate(staged, objects.c_str()), "could not open {}", objects));
  if (user != nullptr) {
    TRY(OdbPtr theirs, open_user_objects(user));
    CHECK_OK(add_backend(staged, make_user_objects(std::move(theirs)), kUserLast, false));
    CHECK_OK(ok(git_repository_set_odb(user, staged), "could not stage objects"));
  }
  CHECK_OK(
      ok(git_repository_set_odb(staging.repository_.get(), staged), "could not stage objects"));
  return staging;
}

bool Staging::is_kept(const git_oid& id) const {
  return git_odb_exists_ext(kept_.get(), &id, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

Result<void> Staging::keep(const git_oid& id) const {
  if (is_kept(id)) return {};
  CommitPtr commit;
  CHECK_OK(ok(git_commit_lookup(out(commit), repository_.get(), &id), "no commit {}", hex(id)));
  std::vector<git_oid> missing;
  CHECK_OK(collect_tree(*git_commit_tree_id(commit.get()), missing));
  missing.push_back(id);
  for (unsigned int i = 0; i < git_commit_parentcount(commit.get()); ++i) {
    if (is_kept(*git_commit_parent_id(commit.get(), i))) continue;
    CHECK_OK(add_shallow(bare_, hex(id)));
    break;
  }
  return write(missing);
}

// Depth first with an own stack, because a crafted tree may be deeper than ours. A folder is pushed
// twice: to be opened, and below its children to be listed after all of them.
Result<void> Staging::collect_tree(const git_oid& root, std::vector<git_oid>& missing) const {
  struct Visit {
    git_oid id;
    git_object_t type;
    bool opened;
  };
  std::unordered_set<std::string> seen;
  std::vector<Visit> stack = {{root, GIT_OBJECT_TREE, false}};
  while (!stack.empty()) {
    const Visit visit = stack.back();
    stack.pop_back();
    if (visit.opened) missing.push_back(visit.id);
    if (visit.opened || is_kept(visit.id) || !seen.insert(raw(visit.id)).second) continue;
    stack.push_back({visit.id, visit.type, true});
    if (visit.type != GIT_OBJECT_TREE) continue;
    TreePtr tree;
    CHECK_OK(ok(git_tree_lookup(out(tree), repository_.get(), &visit.id),
                "a folder of the repository is missing"));
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
      const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
      const git_object_t type = git_tree_entry_type(entry);
      if (type == GIT_OBJECT_COMMIT) continue;  // a submodule
      stack.push_back({*git_tree_entry_id(entry), type, false});
    }
  }
  return {};
}

Result<void> Staging::write(const std::vector<git_oid>& ids) const {
  if (ids.size() > kLooseMax) return write_pack(ids);
  for (const git_oid& id : ids) {
    OdbObjectPtr object;
    CHECK_OK(ok(git_odb_read(out(object), staged_.get(), &id), "object {} is missing", hex(id)));
    git_oid written{};
    CHECK_OK(ok(git_odb_write(&written, kept_.get(), git_odb_object_data(object.get()),
                              git_odb_object_size(object.get()), git_odb_object_type(object.get())),
                "could not write object {}", hex(id)));
  }
  return {};
}

Result<void> Staging::write_pack(const std::vector<git_oid>& ids) const {
  PackBuilderPtr pack;
  CHECK_OK(ok(git_packbuilder_new(out(pack), repository_.get()), "could not start a pack"));
  git_packbuilder_set_threads(pack.get(), 1);
  for (const git_oid& id : ids) {
    CHECK_OK(ok(git_packbuilder_insert(pack.get(), &id, nullptr), "object {} is missing", hex(id)));
  }
  const std::string folder = bare_ / "objects" / "pack";
  return ok(git_packbuilder_write(pack.get(), folder.c_str(), 0, nullptr, nullptr),
            "could not write a pack of {} objects", ids.size());
}

}  // namespace pawl::git
