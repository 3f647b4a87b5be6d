#include "server/source/new_repository.h"

#include <fstream>

#include "server/source/git.h"

namespace pawl {
namespace {

using git::ok;
using git::out;

constexpr git_time_t kFirstCommit = 1'600'000'000;  // fixed, so that the commit's id is

}  // namespace

Result<void> make_repository(const std::filesystem::path& folder,
                             const std::map<std::string, std::string>& files) {
  git::start_library();
  git::RepositoryPtr repository;
  CHECK_OK(ok(git_repository_init(out(repository), folder.c_str(), 0), "could not make {}",
              folder.string()));
  git::IndexPtr index;
  CHECK_OK(ok(git_repository_index(out(index), repository.get()), "could not open an index"));
  for (const auto& [name, text] : files) {
    std::ofstream(folder / name, std::ios::binary) << text;
    CHECK_OK(ok(git_index_add_bypath(index.get(), name.c_str()), "could not add {}", name));
  }
  git_oid tree_id{};
  CHECK_OK(ok(git_index_write(index.get()), "could not write an index"));
  CHECK_OK(ok(git_index_write_tree(&tree_id, index.get()), "could not write a tree"));
  git::TreePtr tree;
  CHECK_OK(ok(git_tree_lookup(out(tree), repository.get(), &tree_id), "could not read a tree"));
  git::SignaturePtr author;
  CHECK_OK(ok(git_signature_new(out(author), "pawl", "pawl@localhost", kFirstCommit, 0),
              "could not sign"));
  git_oid commit{};
  return ok(git_commit_create(&commit, repository.get(), "HEAD", author.get(), author.get(),
                              nullptr, "start", tree.get(), 0, nullptr),
            "could not commit");
}

}  // namespace pawl
