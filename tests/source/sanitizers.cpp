// What the sanitizers report of the libraries below and is not ours to mend.
// NOLINTBEGIN(bugprone-reserved-identifier)

// libgit2 1.5 forgets a match of PCRE2 for each configuration key that is not a submodule's (its
// git_regexp_match on NOMATCH): about 20 KB a snapshot, in repositories with submodules only.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libpcre2-8.so\n"; }

// glibc reads the time zone under a lock of its own that ThreadSanitizer does not see; libgit2 asks
// for it at each change of a ref.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "race:tzset_internal\n"; }

// NOLINTEND(bugprone-reserved-identifier)
