#include "server/source/user_objects.h"

#include <cstring>
#include <memory>

namespace pawl::git {
namespace {

struct UserObjects : git_odb_backend {
  OdbPtr objects;
};

const UserObjects& self(git_odb_backend* backend) { return *static_cast<UserObjects*>(backend); }

int read(void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend,
         const git_oid* id) {
  OdbObjectPtr object;
  if (const int code = git_odb_read(out(object), self(backend).objects.get(), id); code < 0) {
    return code;
  }
  *size = git_odb_object_size(object.get());
  *type = git_odb_object_type(object.get());
  *data = git_odb_backend_data_alloc(backend, *size);
  if (*data == nullptr) return GIT_ERROR;
  std::memcpy(*data, git_odb_object_data(object.get()), *size);
  return GIT_OK;
}

int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* id) {
  return git_odb_read_header(size, type, self(backend).objects.get(), id);
}

// Without a refresh: thousands of new files are asked for, and each miss would list the pack
// folder.
int exists(git_odb_backend* backend, const git_oid* id) {
  return git_odb_exists_ext(self(backend).objects.get(), id, GIT_ODB_LOOKUP_NO_REFRESH);
}

void free_backend(git_odb_backend* backend) {
  const std::unique_ptr<UserObjects> owner(static_cast<UserObjects*>(backend));
}

}  // namespace

git_odb_backend* make_user_objects(OdbPtr objects) {
  auto backend = std::make_unique<UserObjects>();
  git_odb_init_backend(backend.get(), GIT_ODB_BACKEND_VERSION);
  backend->read = read;
  backend->read_header = read_header;
  backend->exists = exists;
  backend->free = free_backend;
  backend->objects = std::move(objects);
  return backend.release();
}

}  // namespace pawl::git
