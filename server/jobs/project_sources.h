// The code side of projects: which project a directory belongs to, its repository, and pawl.toml at
// a revision. Thread-safe.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/jobs/paths.h"
#include "server/policy/project_file.h"
#include "server/policy/rules.h"
#include "server/source/repository.h"
#include "server/store/projects.h"

namespace pawl {

class Store;

class ProjectSources {
 public:
  ProjectSources(Store& store, const Paths& paths) : store_(store), paths_(paths) {}

  // The registered project whose work tree holds `directory`. NOT_FOUND says to run `pawl init`.
  Result<Project> project_of(const std::string& directory);

  // pawl's own repository of the project, made when absent.
  Result<Repository> repository(const std::string& name, const std::string& root);
  Result<Repository> repository(const Project& project) {
    return repository(project.name, project.root);
  }

  // What a revision says about itself; read once, because a commit never changes.
  struct Description {
    ProjectFile file;
    std::string tree;
  };
  Result<std::shared_ptr<const Description>> describe(const Repository& repository,
                                                      const Revision& revision);

  // The rules for one project: `outer`, tightened by the `policies/` folder of its approved base.
  // INVALID: that folder has mistakes, or would loosen something; nothing is admitted then (L17).
  Result<std::shared_ptr<const Rules>> tightened(const Project& project,
                                                 const std::shared_ptr<const Rules>& outer);

 private:
  Store& store_;  // outlives us
  const Paths paths_;
  std::mutex mutex_;
  std::map<std::string, Repository> repositories_;
  std::map<std::string, std::string> roots_;  // directory -> work tree: asked for at every call
  // Shared, because a caller may still read one that was dropped to make room.
  std::map<std::string, std::shared_ptr<const Description>> descriptions_;
  struct Tightened {
    std::string base_commit;
    std::shared_ptr<const Rules> outer;
    Result<std::shared_ptr<const Rules>> inner;
  };
  std::map<ProjectId, Tightened> tightened_;  // asked for at every submit and claim
};

}  // namespace pawl
