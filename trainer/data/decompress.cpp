#include "trainer/data/decompress.h"

#ifdef TRAINER_HAS_ZSTD
#include <zstd.h>

#include <memory>
#endif

namespace trainer {

#ifdef TRAINER_HAS_ZSTD

Result<std::string> decompress_zstd(std::string_view compressed) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                        ZSTD_freeDCtx);
  std::string text;
  std::string block(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  std::size_t expected = 0;  // more input, says the library: 0 at the end of a frame
  bool is_full = false;      // the last block: there may be more to come of the same input
  while (in.pos < in.size || is_full) {
    ZSTD_outBuffer out{block.data(), block.size(), 0};
    expected = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(expected) != 0) {
      return fail(std::string("not valid zstd: ") + ZSTD_getErrorName(expected));
    }
    text.append(block, 0, out.pos);
    is_full = expected != 0 && out.pos == out.size;
  }
  if (expected != 0) return fail("not valid zstd: the last frame is cut short");
  return text;
}

#else

Result<std::string> decompress_zstd(std::string_view) {
  return fail("this build has no zstd",
              "Install libzstd-dev and build again, or decompress the file with `zstd -d`.");
}

#endif

}  // namespace trainer
