#include "server/jobs/network_environment.h"

#include <gtest/gtest.h>

using namespace pawl;

TEST(NetworkEnvironment, HoldsProxiesAndIndexesAndNothingElse) {
  const char* const variables[] = {"UV_INDEX_URL=https://mirror/simple",
                                   "AWS_SECRET_ACCESS_KEY=s3cret",
                                   "https_proxy=http://proxy:3128",
                                   "HTTPS_PROXY_PASSWORD=s3cret",
                                   "PIP_INDEX_URL=https://mirror/a=b",
                                   "UV_PUBLISH_TOKEN=s3cret",
                                   "PATH=/evil",
                                   "broken",
                                   nullptr};
  EXPECT_EQ(network_environment(variables),
            (std::vector<std::string>{"PIP_INDEX_URL=https://mirror/a=b",
                                      "UV_INDEX_URL=https://mirror/simple",
                                      "https_proxy=http://proxy:3128"}));
}
