#include "trainer/data/text_reader.h"

#include "trainer/tests/data/scratch.h"

namespace trainer {
namespace {

class TextReader : public Scratch {
 protected:
  Result<CorpusCounts> read_all(const std::filesystem::path& file) {
    documents_.clear();
    return read_documents(PathList{file}, {.document_bytes = 8},
                          [&](std::string_view document) { documents_.emplace_back(document); });
  }
  // What reading such a file says, after the file's name.
  std::string fault_of(std::string_view name, std::string_view text) {
    const std::filesystem::path file = write(name, text);
    return message_of(read_all(file)).substr(file.string().size());
  }

  std::vector<std::string> documents_;
};

TEST_F(TextReader, AFolderIsReadInOrderWithItsSubfoldersAndWithoutHiddenFiles) {
  const auto b = write("corpus/b.txt", "b"), c = write("corpus/c/d.jsonl", "{\"text\":\"c\"}");
  write("corpus/.git/config.txt", "no");
  write("corpus/.DS_Store", "no");
  const auto a = write("corpus/a.txt.zst", "a");
  EXPECT_EQ(must(list_corpus(PathList{path("corpus")})), (PathList{a, b, c}));
}

TEST_F(TextReader, WhatCannotBeListedIsNamed) {
  std::filesystem::create_directory(path("empty"));
  EXPECT_EQ(message_of(list_corpus({})), "no text is named");
  EXPECT_EQ(message_of(list_corpus(PathList{"/nowhere"})), "/nowhere does not exist");
  EXPECT_EQ(message_of(list_corpus(PathList{path("empty")})),
            path("empty").string() + " has no files");
  const auto pdf = write("book.pdf", "x");
  EXPECT_EQ(message_of(list_corpus(PathList{pdf})),
            pdf.string() + " has an ending that is not known here");
}

TEST_F(TextReader, ATextIsCutAndCounted) {
  const CorpusCounts counts = must(read_all(write("a.txt", "one\n\ntwo\n\nth\xe9")));
  EXPECT_EQ(documents_, (std::vector<std::string>{"one\n\n", "two\n\nth\xe9"}));
  EXPECT_EQ(counts.files, 1);
  EXPECT_EQ(counts.documents, 2);
  EXPECT_EQ(counts.bytes, 13);
  EXPECT_EQ(counts.invalid_utf8_bytes, 1);
}

TEST_F(TextReader, AJsonLineIsNotCutAndAnEmptyOneIsNoDocument) {
  must(read_all(
      write("a.jsonl", "{\"text\":\"a long document\"}\n{\"text\":\"\"}\n{\"text\":\"b\"}")));
  EXPECT_EQ(documents_, (std::vector<std::string>{"a long document", "b"}));
}

TEST_F(TextReader, ABadJsonLineIsNamed) {
  EXPECT_EQ(fault_of("a.jsonl", "{\"text\":\"a\"}\n\n"), ":2: '{' was expected at column 1");
}

TEST_F(TextReader, BinaryInputIsNamedByItsFirstNulByte) {
  EXPECT_EQ(fault_of("a.txt", std::string_view("ab\0c", 4)),
            ": a NUL byte at offset 2: this is no text");
}

TEST_F(TextReader, ADamagedCompressedFileIsNamed) {
  EXPECT_TRUE(fault_of("a.txt.zst", "plain text").starts_with(": "));
}

TEST_F(TextReader, AFileWithoutDocumentsIsAnError) {
  EXPECT_EQ(fault_of("a.txt", ""), " is empty");
  EXPECT_EQ(fault_of("a.jsonl", "{\"text\":\"\"}\n"), " has no documents");
}

TEST_F(TextReader, DocumentsHaveRoomForACodePoint) {
  const auto refused = read_documents({}, {.document_bytes = 3}, [](std::string_view) {});
  EXPECT_EQ(message_of(refused), "documents of at most 3 bytes are too short");
}

}  // namespace
}  // namespace trainer
