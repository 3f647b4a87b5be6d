// What the keeper and the server agree on beside the keeper's spec and its record: names in the
// attempt's folder, exit codes, the control socket's words. Only declarations: the server includes
// this file and links nothing of the keeper.
#pragma once
#include <string_view>

namespace pawl::keeper {

// ATTEMPT/keeper/, mode 0700, never mounted into a box.
inline constexpr std::string_view kFolder = "keeper";
// flock held for the keeper's life: the test of liveness.
inline constexpr const char* kLockFile = "lock";
// Written by the server before the launch.
inline constexpr const char* kSpecFile = "spec";
// Is there: the attempt has started once and never starts again.
inline constexpr const char* kStateFile = "state";
// Written by the server under the lock: the attempt never starts.
inline constexpr const char* kRevokedFile = "revoked";
// Unix stream socket, text lines.
inline constexpr const char* kControlSocket = "control";
// Of a sandbox: how long it may live in all, in whole milliseconds from the keeper's start.
// Replaced as a whole by the server, read when the time that was known before is over.
inline constexpr const char* kLeaseFile = "lease";
// Of a sandbox: Unix stream socket; each connection is one command, see keeper/session.h.
inline constexpr const char* kCommandSocket = "commands";

// ATTEMPT/record/, not mounted either.
inline constexpr std::string_view kRecordFolder = "record";
inline constexpr const char* kStatusFile = "status.json";

// What `pawl-keeper ATTEMPT` answers. Only kRunning means that this call started the attempt.
enum class Exit : int {
  kRunning = 0,  // a keeper of its own session holds the lock and has written `state`
  kUsage = 64,
  kBadFolder = 66,  // no such folder, or the spec cannot be read
  kIo = 70,
  kLocked = 75,  // another keeper (or a recovering server) holds the lock
  kRanBefore = 76,
  kRevoked = 77,
};

// Control socket, client to keeper: kStop, kPing. Keeper to client: kStarted once the command's (or
// the build's) execve has succeeded, kEnded once the record is durable, "running PHASE" to a ping.
// End of file without kEnded: it died.
inline constexpr std::string_view kStop = "stop\n";
inline constexpr std::string_view kPing = "ping\n";
inline constexpr std::string_view kStarted = "started\n";
inline constexpr std::string_view kEnded = "ended\n";

// Command socket, first word of the answer: the command's code or signal, its time was over, or
// it could not be started, and why.
inline constexpr std::string_view kExitedWord = "exited";
inline constexpr std::string_view kSignaledWord = "signaled";
inline constexpr std::string_view kTimedOutWord = "timed_out";
inline constexpr std::string_view kProblemWord = "problem";

}  // namespace pawl::keeper
