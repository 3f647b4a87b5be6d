// The rules of the walls, on the argument list. That the walls hold is tested by running them:
// tests/runner.
#include "server/sandbox/box.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pawl {
namespace {

BoxSpec spec() {
  return {.bwrap = "/usr/bin/bwrap",
          .keeper = "/opt/pawl/bin/pawl-keeper",
          .etc = "/state/a/keeper/etc",
          .work = "/state/a/work",
          .writable = {"/state/a/run", "/state/checkpoints/tiny/42"}};
}

// Where `words` stand in the list, one after the other; -1 where they do not.
std::ptrdiff_t position(const std::vector<std::string>& list,
                        const std::vector<std::string>& words) {
  const auto found = std::ranges::search(list, words);
  return found.empty() ? -1 : found.begin() - list.begin();
}

std::ptrdiff_t position(const BoxSpec& box, const std::vector<std::string>& words) {
  return position(*box_arguments(box), words);
}

bool has(const BoxSpec& box, const std::vector<std::string>& words) {
  return position(box, words) >= 0;
}

BoxSpec with_volume(std::filesystem::path source, std::filesystem::path target) {
  BoxSpec box = spec();
  box.volumes = {{std::move(source), std::move(target)}};
  return box;
}

void expect_refused(const BoxSpec& box, std::string_view message) {
  const auto list = box_arguments(box);
  ASSERT_FALSE(list.has_value());
  EXPECT_EQ(list.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(list.error().message, message);
}

TEST(Box, BeginsWithBubblewrapAndEndsWhereTheCommandBegins) {
  const auto list = box_arguments(spec());
  EXPECT_EQ(list->front(), "/usr/bin/bwrap");
  EXPECT_EQ(list->back(), "--");
}

TEST(Box, HasNamespacesOfItsOwnAndNoPrivilege) {
  for (const std::string flag :
       {"--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
        "--unshare-cgroup-try", "--disable-userns", "--die-with-parent", "--new-session"}) {
    EXPECT_TRUE(has(spec(), {flag})) << flag;
  }
  EXPECT_TRUE(has(spec(), {"--cap-drop", "ALL"}));
}

TEST(Box, TheNetworkIsThereOnlyWhenItIsAllowed) {
  BoxSpec open = spec();
  open.network = true;
  EXPECT_FALSE(has(open, {"--unshare-net"}));
  EXPECT_TRUE(has(open, {"/etc/resolv.conf"}));
  EXPECT_FALSE(has(spec(), {"/etc/resolv.conf"}));
}

TEST(Box, NestedNamespacesAreLeftWhereTheKernelCannotForbidThem) {
  BoxSpec old = spec();
  old.nested_namespaces_off = false;
  EXPECT_FALSE(has(old, {"--disable-userns"}));
}

TEST(Box, WhatIsWritableKeepsItsPath) {
  EXPECT_TRUE(has(spec(), {"--bind", "/state/a/work", "/state/a/work"}));
  EXPECT_TRUE(has(spec(), {"--bind", "/state/a/run", "/state/a/run"}));
  EXPECT_TRUE(has(spec(), {"--bind", "/state/checkpoints/tiny/42", "/state/checkpoints/tiny/42"}));
  EXPECT_TRUE(has(spec(), {"--chdir", "/state/a/work"}));
}

TEST(Box, NothingElseIsWritableButMemory) {
  const auto list = box_arguments(spec());
  EXPECT_EQ(std::ranges::count(*list, "--bind"), 3);
  EXPECT_EQ(std::ranges::count(*list, "--dev-bind"), 0);
  EXPECT_TRUE(has(spec(), {"--remount-ro", "/"}));
  EXPECT_TRUE(has(spec(), {"--ro-bind", "/usr", "/usr"}));
  EXPECT_TRUE(has(spec(), {"--ro-bind-try", "/proc/sys", "/proc/sys"}));
}

TEST(Box, EveryMemoryFileSystemHasASize) {
  const auto list = box_arguments(spec());
  for (auto at = list->begin(); (at = std::find(at, list->end(), "--tmpfs")) != list->end(); ++at) {
    EXPECT_EQ(*(at - 2), "--size") << *(at + 1);
  }
  EXPECT_TRUE(has(spec(), {"--size", "2147483648", "--tmpfs", "/tmp"}));
}

TEST(Box, MemoryFileSystemsComeBeforeWhatMayLieInThem) {
  BoxSpec box = spec();
  box.work = "/tmp/state/work";
  EXPECT_LT(position(box, {"--tmpfs", "/tmp"}), position(box, {"--bind", "/tmp/state/work"}));
}

TEST(Box, VolumesAreReadOnlyAndComeAfterTheCheckout) {
  const BoxSpec box = with_volume("/data/openwebtext", "data/text");
  const auto volume = position(box, {"--ro-bind", "/data/openwebtext", "/state/a/work/data/text"});
  EXPECT_GT(volume, position(box, {"--bind", "/state/a/work"}));
  EXPECT_TRUE(has(with_volume("/data/x", "/data/x"), {"--ro-bind", "/data/x", "/data/x"}));
}

TEST(Box, AVolumeCoversNeitherTheSystemNorTheWorkspace) {
  expect_refused(with_volume("/data", "/usr/lib/x"),
                 "volume \"/usr/lib/x\" would cover a part of the system");
  expect_refused(with_volume("/data", "/etc"), "volume \"/etc\" would cover a part of the system");
  expect_refused(with_volume("/data", "/state/a"),
                 "volume \"/state/a\" would cover a part of the workspace");
  expect_refused(with_volume("/data", "."),
                 "volume \"/state/a/work\" would cover a part of the workspace");
  expect_refused(with_volume("/data", "/state/a/"),
                 "volume \"/state/a\" would cover a part of the workspace");
  expect_refused(with_volume("/data", "../run"), "volume \"../run\" leaves the checkout");
  expect_refused(with_volume("data", "/data"),
                 "source of a volume \"data\" is not an absolute, plain path");
}

TEST(Box, AFolderWhoseNameMerelyBeginsLikeTheSystemsIsFine) {
  EXPECT_TRUE(box_arguments(with_volume("/data", "/users")).has_value());
  EXPECT_TRUE(box_arguments(with_volume("/data", "/state/a/workspace")).has_value());
}

TEST(Box, OnlyTheGivenGpusAreThere) {
  BoxSpec box = spec();
  box.gpus = {3};
  EXPECT_TRUE(has(box, {"--dev-bind-try", "/dev/nvidia3", "/dev/nvidia3"}));
  EXPECT_TRUE(has(box, {"--dev-bind-try", "/dev/nvidia-uvm", "/dev/nvidia-uvm"}));
  EXPECT_FALSE(has(box, {"/dev/nvidia0"}));
  EXPECT_FALSE(has(spec(), {"/dev/nvidiactl"}));
}

TEST(Box, TheKeepersFolderIsNotMounted) {
  const auto list = box_arguments(spec());
  const auto under = [](const std::string& word) {
    return word == "/state/a" || word == "/state/a/keeper";
  };
  EXPECT_TRUE(std::ranges::none_of(*list, under));
  EXPECT_TRUE(has(spec(), {"--ro-bind", "/state/a/keeper/etc/passwd", "/etc/passwd"}));
}

TEST(Box, PathsThatAreNotPlainAreRefused) {
  BoxSpec box = spec();
  box.work = "state/work";
  expect_refused(box, "checkout \"state/work\" is not an absolute, plain path");
  box.work = "/state/../work";
  expect_refused(box, "checkout \"/state/../work\" is not an absolute, plain path");
}

}  // namespace
}  // namespace pawl
