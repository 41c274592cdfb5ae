#include "framing/frame_encoder.h"

#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hindcast::framing {

void setCompression(ZSTD_CCtx_s& context, int level, int windowLog)
{
    ZSTD_CCtx_setParameter(&context, ZSTD_c_compressionLevel, level);
    // What zstd itself takes for these levels, said so that no other can come of it: the recorder has no other strategy
    // (capture/recorder/zstd_static.cpp), and zstd's choice depends on the size when that is known.
    ZSTD_CCtx_setParameter(&context, ZSTD_c_strategy, level >= 3 ? ZSTD_dfast : ZSTD_fast);
    ZSTD_CCtx_setParameter(&context, ZSTD_c_windowLog, windowLog);
    ZSTD_CCtx_setParameter(&context, ZSTD_c_checksumFlag, 1);
}

void FrameEncoder::FreeContext::operator()(ZSTD_CCtx_s* context) const
{
    ZSTD_freeCCtx(context);
}

FrameEncoder::FrameEncoder(int level, int windowLog)
    : m_context(ZSTD_createCCtx())
{
    if (!m_context)
        return;
    setCompression(*m_context, level, windowLog);
}

FrameEncoder::~FrameEncoder() = default;

void FrameEncoder::begin(std::string tar)
{
    m_tar = std::move(tar);
    m_taken = 0;
    m_frame = {};
    m_frame.rawBytes = m_tar.size();
    m_isBusy = true;
}

int FrameEncoder::work(std::size_t bytes)
{
    const std::size_t step = std::min(bytes, m_tar.size() - m_taken);
    const bool isEnd = m_taken + step == m_tar.size();
    const int failure = compress(std::string_view(m_tar).substr(m_taken, step), isEnd);
    m_taken += step;
    if (failure != 0 || isEnd) {
        m_isBusy = false;
        m_tar = {};
    }
    return failure;
}

EncodedFrame FrameEncoder::take()
{
    return std::exchange(m_frame, {});
}

int FrameEncoder::compress(std::string_view bytes, bool isEnd)
{
    if (!m_context)
        return ENOMEM;
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
        char chunk[16 << 10];
        ZSTD_outBuffer out{chunk, sizeof chunk, 0};
        const std::size_t left = ZSTD_compressStream2(m_context.get(), &out, &in, isEnd ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) {
            ZSTD_CCtx_reset(m_context.get(), ZSTD_reset_session_only);
            return ENOMEM; // the only thing that can go wrong with valid parameters
        }
        m_frame.bytes.append(chunk, out.pos);
        if (isEnd ? left == 0 : in.pos == in.size)
            return 0;
    }
}

} // namespace hindcast::framing
