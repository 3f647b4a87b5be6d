// An attempt's folder in a temporary place, with verbs to plant what a job leaves.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "server/records/attempt_folder.h"

namespace pawl {

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() {
    std::string name = testing::TempDir() + "pawl-records-XXXXXX";
    top_ = mkdtemp(name.data());
    folder_ = create_attempt_folder(top_ / "attempts" / "tiny" / "042-1").value();
  }
  ~AttemptTest() override { std::filesystem::remove_all(top_); }

  void write(const std::filesystem::path& path, const std::string& text) const {
    std::ofstream(path, std::ios::binary) << text;
  }
  void metrics(const std::string& text) const { write(folder_.run() / "metrics.jsonl", text); }
  void output(const std::string& text) const { write(folder_.record() / "stdout.log", text); }
  void errors(const std::string& text) const { write(folder_.record() / "stderr.log", text); }

  static std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }

  std::filesystem::path top_;
  AttemptFolder folder_;
};

}  // namespace pawl
