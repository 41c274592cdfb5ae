// What CMakeLists.txt links with zstd_static.cpp, to see whether the libzstd.a it found can be had in part: the calls
// of core/framing. It is never run.
#include <zstd.h>

int main(int argumentCount, char**)
{
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_inBuffer in{"", static_cast<size_t>(argumentCount), 0};
    ZSTD_outBuffer out{nullptr, ZSTD_CStreamOutSize(), 0};
    const size_t left = ZSTD_CCtx_setParameter(context, ZSTD_c_strategy, ZSTD_dfast)
        + ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) + ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
    return ZSTD_isError(left) || ZSTD_getErrorName(left) == nullptr || ZSTD_freeCCtx(context) != 0;
}
