#include "server/records/failure.h"

#include <algorithm>

#include "server/records/signature.h"
#include "tests/records/attempt_fixture.h"

using namespace pawl;

namespace {

constexpr std::string_view kTraceback =
    "step 1\nTraceback (most recent call last):\n"
    "  File \"/w/042-1/work/train.py\", line 12, in <module>\n    main()\n"
    "  File \"/w/042-1/work/train.py\", line 8, in main\n    y = model(x)\n"
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB.\n";

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST(FindFailure, APythonTracebackIsShownFromHeaderToException) {
  const Failure failure = find_failure(std::string(kTraceback) + "wandb: synced\n");
  EXPECT_TRUE(failure.recognised);
  EXPECT_EQ(failure.signature,
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate N GiB.");
  EXPECT_EQ(failure.excerpt, kTraceback.substr(kTraceback.find("Traceback")));
}

TEST(FindFailure, EqualCausesHaveEqualSignatures) {
  std::string other(kTraceback);
  other.replace(other.find("2.50"), 4, "17.25");
  EXPECT_EQ(find_failure(other).signature, find_failure(kTraceback).signature);
}

TEST(FindFailure, ALongTracebackKeepsItsHeadAndItsEnd) {
  std::string text = "Traceback (most recent call last):\n";
  for (int i = 0; i < 50; ++i) text += "  File \"a.py\", line " + std::to_string(i) + "\n";
  const Failure failure = find_failure(text + "RecursionError: maximum depth\n");
  EXPECT_EQ(lines_of(failure.excerpt), 12U);
  EXPECT_TRUE(failure.excerpt.starts_with("Traceback (most recent call last):\n  ...\n"));
  EXPECT_TRUE(failure.excerpt.ends_with("line 49\nRecursionError: maximum depth\n"));
}

TEST(FindFailure, TheLastOfChainedTracebacksCounts) {
  const Failure failure =
      find_failure(std::string(kTraceback) +
                   "\nDuring handling of the above exception, another exception occurred:\n\n"
                   "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'lr'\n");
  EXPECT_EQ(failure.signature, "KeyError: 'lr'");
}

TEST(FindFailure, RankPrefixesAreTakenOff) {
  const Failure failure = find_failure(
      "[rank3]: Traceback (most recent call last):\n[rank3]:   File \"a.py\", line 1\n"
      "[rank3]: ValueError: bad\n");
  EXPECT_EQ(failure.signature, "ValueError: bad");
  EXPECT_EQ(failure.excerpt,
            "Traceback (most recent call last):\n  File \"a.py\", line 1\nValueError: bad\n");
}

struct Example {
  std::string_view text, signature;
};

class KnownFailure : public testing::TestWithParam<Example> {};

TEST_P(KnownFailure, IsRecognisedByItsCause) {
  const Failure failure = find_failure(GetParam().text);
  EXPECT_TRUE(failure.recognised);
  EXPECT_EQ(failure.signature, GetParam().signature);
  EXPECT_LE(lines_of(failure.excerpt), 12U);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, KnownFailure,
    testing::Values(
        Example{"terminate called after throwing an instance of 'std::runtime_error'\n"
                "  what():  bad shape 12 x 7\nAborted (core dumped)\n",
                "what(): bad shape N x N"},
        Example{"train: /build/gemm.cpp:42: void f(): Assertion `n > 0' failed.\nAborted\n",
                "train: gemm.cpp:N: void f(): Assertion `n > N' failed."},
        Example{"[1/2] cc a.o\nFAILED: a.o\n/w/a.cu:12:5: error: no member named 'x'\n"
                "/w/a.cu:99:1: error: expected '}'\nninja: build stopped\n",
                "a.cu:N:N: error: no member named 'x'"},
        Example{"a.o: in function `main':\na.cpp:(.text+0x5): undefined reference to `f()'\n"
                "collect2: error: ld returned 1 exit status\n",
                "a.cpp:(.text+NxN): undefined reference to `f()'"},
        Example{"==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000\n",
                "==N==ERROR: AddressSanitizer: heap-use-after-free on address 0xN"},
        Example{"step 5\nCUDA error 2 at /w/ops.cu:77: out of memory\n",
                "CUDA error N at ops.cu:N: out of memory"},
        Example{"step 5\nSegmentation fault (core dumped)\n", "Segmentation fault (core dumped)"},
        Example{"sh: 1: uvv: command not found\n", "sh: N: uvv: command not found"},
        Example{"loss 101\nFAIL\n", "FAIL"},
        Example{
            "step 5\npawl-train: there is no knob \"dept\"\n--help lists the knobs. Did you mean "
            "\"depth\"?\n",
            "pawl-train: there is no knob \"dept\""},
        Example{"  File \"train.py\", line 3\n    x = (\n        ^\nSyntaxError: '(' was never "
                "closed\n",
                "SyntaxError: '(' was never closed"}));

TEST(FindFailure, WithoutAKnownCauseTheLastLinesAreShown) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "step " + std::to_string(i) + "\n";
  const Failure failure = find_failure(text + "\n\n");
  EXPECT_FALSE(failure.recognised);
  EXPECT_EQ(failure.signature, "step N");
  EXPECT_EQ(lines_of(failure.excerpt), 12U);
  EXPECT_TRUE(failure.excerpt.ends_with("step 99\n"));
  EXPECT_EQ(find_failure("").signature, "");
}

TEST(FindFailure, HostileOutputComesOutClean) {
  const Failure failure = find_failure(
      "\x1b[31mValueError: \xe2\x80\xae"
      "bad\x1b[0m\n");
  EXPECT_EQ(failure.signature, "ValueError: bad");
  EXPECT_EQ(failure.excerpt, "ValueError: bad\n");
}

TEST(Signature, TradesNumbersAddressesHashesAndFoldersAndKeepsNames) {
  EXPECT_EQ(signature_of("/a/b/train.py:12: conv2d at 0x7ffe12 in 1b2c3d4e5f took 3.5s, -2."),
            "train.py:N: conv2d at 0xN in N took Ns, -N.");
}

class ReadFailure : public AttemptTest {};

TEST_F(ReadFailure, StderrIsAskedFirst) {
  output("RuntimeError: on stdout\n");
  errors("ValueError: on stderr\n");
  EXPECT_EQ(read_failure(folder_)->signature, "ValueError: on stderr");
}

TEST_F(ReadFailure, AKnownCauseOnStdoutBeatsChatterOnStderr) {
  output("RuntimeError: on stdout\n");
  errors("wandb: run finished\n");
  EXPECT_EQ(read_failure(folder_)->signature, "RuntimeError: on stdout");
}

TEST_F(ReadFailure, OfAHugeLogReadsTheEndOnly) {
  errors(std::string(3'000'000, 'x') + "\nValueError: at last\n");
  EXPECT_EQ(read_failure(folder_)->signature, "ValueError: at last");
}
