// What makes two submits the same. Pure.
#pragma once
#include <string>

#include "server/jobs/requests.h"

namespace pawl {

struct Content {
  std::string tree;  // git's id of all files, pawl.toml included
  std::string params;
  std::string stage;
  std::int32_t gpus = 0;
  std::int64_t seed = 0;
};
std::string content_hash(const Content& content);

// Of everything the agent asked for, so that a key used again with another body is noticed.
std::string request_hash(const SubmitRequest& request);
std::string request_hash(const SweepRequest& request);

}  // namespace pawl
