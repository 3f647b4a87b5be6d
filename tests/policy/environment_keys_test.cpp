// [environment] and [[volume]] of pawl.toml.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "server/policy/project_file.h"

using namespace pawl;

namespace {

const std::string kTop =
    "name = \"tiny\"\ncommand = [\"./train\"]\n[goal]\nmetric = \"m\"\ndirection = \"min\"\n";
const std::string kUv =
    "[environment]\nbuild = [\"uv\", \"sync\"]\nkey = [\"uv.lock\"]\npath = [\".venv/\"]\n";

ProjectFile parsed(const std::string& sections) {
  const auto project = parse_project_file({"pawl.toml", kTop + sections});
  EXPECT_TRUE(project.has_value()) << (project ? "" : format(project.error()));
  return project.value_or(ProjectFile{});
}

// "7:8 message" of the first mistake; line 6 is the first of `sections`.
std::string mistake_in(const std::string& sections) {
  const auto project = parse_project_file({"pawl.toml", kTop + sections});
  if (project) return "";
  const Diagnostic& first = project.error().front();
  return std::to_string(first.at.line) + ":" + std::to_string(first.at.column) + " " +
         first.message;
}

std::string volume_mistake(const std::string& keys) {
  return mistake_in("[[volume]]\nname = \"corpus\"\n" + keys);
}

std::string cache_mistake(const std::string& caches) {
  return mistake_in(kUv + "caches = [" + caches + "]\n");
}

}  // namespace

TEST(EnvironmentKeys, AreReadWhole) {
  const Environment read =
      parsed(kUv + "caches = [\"torch_inductor\", \"JAX_CACHE=jax\"]\n").environment;
  EXPECT_EQ(read.build, (std::vector<std::string>{"uv", "sync"}));
  EXPECT_EQ(read.key, (std::vector<std::string>{"uv.lock"}));
  EXPECT_EQ(read.path, (std::vector<std::string>{".venv"}));
  EXPECT_EQ(read.caches, (std::vector<CompileCache>{{"TORCHINDUCTOR_CACHE_DIR", "torch_inductor"},
                                                    {"JAX_CACHE", "jax"}}));
}

TEST(EnvironmentKeys, AProjectWithoutTheSectionHasNoEnvironment) {
  EXPECT_EQ(parsed("").environment, Environment{});
}

TEST(EnvironmentKeys, ASectionNamesItsBuildItsKeyAndItsPath) {
  EXPECT_EQ(mistake_in("[environment]\n"), "6:1 [environment] lacks the key \"build\"");
  EXPECT_EQ(mistake_in("[environment]\nbuild = [\"make\"]\npath = [\"out\"]\n"),
            "6:1 [environment] lacks the key \"key\"");
  EXPECT_EQ(mistake_in("[environment]\nbuild = [\"make\"]\nkey = []\npath = [\"out\"]\n"),
            "8:7 key: the list is empty");
  EXPECT_EQ(mistake_in("environment = 3\n"), "6:1 unknown key \"environment\" in [goal]");
}

TEST(EnvironmentKeys, WhatTheBuildLeavesLiesInTheCheckoutAndStandsOnce) {
  const std::string head = "[environment]\nbuild = [\"make\"]\nkey = [\"lock\"]\npath = ";
  EXPECT_EQ(mistake_in(head + "[\"/opt/venv\"]\n"),
            "9:8 path: \"/opt/venv\" is not a path inside the checkout");
  EXPECT_EQ(mistake_in(head + "[\"a/../..\"]\n"),
            "9:8 path: \"a/../..\" is not a path inside the checkout");
  EXPECT_EQ(mistake_in(head + "[\".\"]\n"), "9:8 path: \".\" is not a path inside the checkout");
  EXPECT_EQ(mistake_in(head + "[\"out\", \"out/bin\"]\n"), "9:8 path: \"out/bin\" lies in \"out\"");
  EXPECT_EQ(mistake_in(head + "[\"out\", \"out/\"]\n"), "9:8 path: \"out\" lies in \"out\"");
}

TEST(EnvironmentKeys, ACacheIsAKnownNameOrAVariableWithAFolder) {
  EXPECT_EQ(cache_mistake("\"tritan\""), "10:10 caches: \"tritan\" is not a known cache");
  EXPECT_EQ(cache_mistake("\"PATH=bin\""),
            "10:10 caches: \"PATH\" cannot be the variable of a "
            "cache");
  EXPECT_EQ(cache_mistake("\"PAWL_SEED=seed\""),
            "10:10 caches: \"PAWL_SEED\" cannot be the variable of a cache");
  EXPECT_EQ(cache_mistake("\"XLA=../other\""),
            "10:10 caches: \"../other\" is not the name of a folder");
  EXPECT_EQ(cache_mistake("\"triton\", \"X=triton\""), "10:10 caches: \"triton\" stands twice");
}

TEST(VolumeKeys, AHomeFolderMayBeShownInTheJobsHome) {
  const ProjectFile file = parsed(
      "[[volume]]\nname = \"corpus\"\nsource = \"~/.cache/a\"\npath = \"~/.cache/autoresearch\"\n");
  EXPECT_EQ(file.volumes,
            (std::vector<ProjectVolume>{{"corpus", "~/.cache/a", ".cache/autoresearch"}}));
}

TEST(VolumeKeys, APathMayBeRelativeToTheCheckout) {
  EXPECT_EQ(parsed("[[volume]]\nname = \"corpus\"\npath = \"data/raw\"\n").volumes.at(0).path,
            "data/raw");
}

TEST(VolumeKeys, PathsThatLeadElsewhereAreMistakes) {
  EXPECT_EQ(volume_mistake("path = \"../x\"\n"),
            "8:8 path: \"../x\" is not a path without \".\" and \"..\"");
  EXPECT_EQ(volume_mistake("path = \"~/\"\n"),
            "8:8 path: \"~/\" is not a path without \".\" and \"..\"");
  EXPECT_EQ(volume_mistake("path = \"/\"\n"),
            "8:8 path: \"/\" is not a path without \".\" and \"..\"");
  EXPECT_EQ(volume_mistake("source = \"data\"\npath = \"x\"\n"),
            "8:10 source: \"data\" is neither absolute nor below ~/, or has a \"..\"");
  EXPECT_EQ(volume_mistake("source = \"~root/x\"\npath = \"x\"\n"),
            "8:10 source: \"~root/x\" is neither absolute nor below ~/, or has a \"..\"");
}

TEST(ProjectReference, TheShippedOneIsTheGeneratedOne) {
  std::ifstream file(std::string(SOURCE_ROOT) + "/docs/PROJECT.md");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), project_file_reference());
}
