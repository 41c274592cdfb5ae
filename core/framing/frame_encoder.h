// FrameEncoder: compresses members into a frame of their own, a slice at a time and apart from the capture they will
// join (CaptureWriter::addFrame): the work on a large member must not keep the recorder from its next tick.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ZSTD_CCtx_s;

namespace hindcast::framing {

struct EncodedFrame {
    std::string bytes; ///< one whole zstd frame
    std::uint64_t rawBytes = 0; ///< decompressed size
};

/// How all frames of a capture are compressed. `level`: 1 to 3
void setCompression(ZSTD_CCtx_s& context, int level, int windowLog);

class FrameEncoder {
public:
    FrameEncoder(int level, int windowLog);
    ~FrameEncoder();
    FrameEncoder(const FrameEncoder&) = delete;
    FrameEncoder& operator=(const FrameEncoder&) = delete;

    /// `tar`: whole members, headers and padding included. Only when not busy.
    void begin(std::string tar);
    bool isBusy() const { return m_isBusy; }
    /// Compresses the next `bytes` of it. After the last ones the frame is complete: isBusy() is false, and take()
    /// gives it. 0, or an errno after which nothing can be had of it.
    int work(std::size_t bytes);
    EncodedFrame take();

private:
    struct FreeContext {
        void operator()(ZSTD_CCtx_s* context) const;
    };

    int compress(std::string_view bytes, bool isEnd);

    std::unique_ptr<ZSTD_CCtx_s, FreeContext> m_context;
    std::string m_tar;
    std::size_t m_taken = 0; ///< of m_tar
    bool m_isBusy = false;
    EncodedFrame m_frame;
};

} // namespace hindcast::framing
