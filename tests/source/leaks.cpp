// libgit2 1.5 forgets a match of PCRE2 for each configuration key that is not a submodule's (its
// git_regexp_match on NOMATCH): about 20 KB a snapshot, in repositories with submodules only.
extern "C" const char* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:libpcre2-8.so\n";
}
