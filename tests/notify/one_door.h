// An HTTP server of one test: it answers each request with the next status that it was told, and
// keeps what came.
#pragma once
#include <string>
#include <thread>
#include <vector>

namespace pawl {

class OneDoor {
 public:
  explicit OneDoor(std::vector<int> answers);  // then every request is answered with the last
  ~OneDoor();
  OneDoor(const OneDoor&) = delete;
  OneDoor& operator=(const OneDoor&) = delete;

  std::string url(const std::string& path) const;
  std::vector<std::string> requests();  // whole ones, head and body; ends the serving

 private:
  void serve();
  void answer(int connection, int status);

  int listener_ = -1;
  int port_ = 0;
  std::vector<int> answers_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

}  // namespace pawl
