// The control socket: how the server, this one or a later one, hears of the attempt and can ask for
// its end. Clients may come and go; one that does not read is dropped, never waited for.
#pragma once
#include <poll.h>

#include <string>
#include <string_view>
#include <vector>

#include "keeper/contract.h"
#include "keeper/fd.h"
#include "server/core/result.h"

namespace pawl::keeper {

// Listens on NAME in that folder, however long its path is.
Result<Fd> listen_at(int folder, const char* name);

class Control {
 public:
  static Result<Control> listen_in(int folder);

  void watch(std::vector<pollfd>& polled) const;
  // Takes what is waiting. True when someone asked for an end. `phase` answers pings.
  bool serve(std::string_view phase);
  // To everyone who is here, and once to everyone who comes later.
  void announce(std::string_view line);

 private:
  struct Client {
    Fd socket;
    std::string line = {};
    bool gone = false;
  };

  explicit Control(Fd listener) : listener_(std::move(listener)) {}
  void accept_all();
  bool read_from(Client& client, std::string_view phase);
  static void send_to(Client& client, std::string_view text);

  Fd listener_;
  std::vector<Client> clients_;
  std::string announced_;
};

}  // namespace pawl::keeper
