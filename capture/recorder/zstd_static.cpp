// What keeps the parts of libzstd.a that the recorder never enters out of the program, a quarter of a megabyte: the
// strategies above dfast, long-distance matching, dictionaries and blocks of a wished size. Their functions are defined
// here, in front of the archive, whose members are then never taken. CMakeLists.txt uses this file only when the
// archive found has exactly these functions; tests/tst_recorder_compression.cpp compares what is written, byte by byte.
#include <cstddef>
#include <cstdlib>
#include <unistd.h>

namespace {

/// Levels 1 to 3 are all there is (framing::setCompression): this is a defect of the program, never of its input.
[[noreturn]] void partIsNotLinked()
{
    constexpr char text[] = "hindcast-record: a part of zstd that is not in this program was asked for\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    std::abort();
}

} // namespace

// The names are libzstd's (zstd_lazy.h, zstd_opt.h, zstd_ldm.h, zstd_compress_superblock.h, fse.h, huf.h). C has no
// types in its symbols, so those that end the program need not repeat the parameters.
#define HINDCAST_NOT_LINKED(name)                                                                                      \
    [[noreturn]] void name();                                                                                          \
    void name()                                                                                                        \
    {                                                                                                                  \
        partIsNotLinked();                                                                                             \
    }

extern "C" {

// Strategies.
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btlazy2)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btlazy2_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btlazy2_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btopt)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btopt_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btopt_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btultra)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btultra2)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btultra_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_btultra_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_dedicatedDictSearch)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_dedicatedDictSearch_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_dictMatchState_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_extDict_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_greedy_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_dedicatedDictSearch)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_dedicatedDictSearch_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_dictMatchState_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_extDict_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy2_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_dedicatedDictSearch)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_dedicatedDictSearch_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_dictMatchState)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_dictMatchState_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_extDict)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_extDict_row)
HINDCAST_NOT_LINKED(ZSTD_compressBlock_lazy_row)
HINDCAST_NOT_LINKED(ZSTD_dedicatedDictSearch_lazy_loadDictionary)
HINDCAST_NOT_LINKED(ZSTD_insertAndFindFirstIndex)
HINDCAST_NOT_LINKED(ZSTD_row_update)
HINDCAST_NOT_LINKED(ZSTD_updateTree)

// Dictionaries.
HINDCAST_NOT_LINKED(FSE_readNCount)
HINDCAST_NOT_LINKED(HUF_readStats)

// ZSTD_c_targetCBlockSize.
HINDCAST_NOT_LINKED(ZSTD_compressSuperBlock)

// Long-distance matching, which is off unless asked for below a window of 128 MiB. Its sizes are asked for
// nevertheless, and blocks too small to compress are skipped in its list of sequences, which is empty.
HINDCAST_NOT_LINKED(ZSTD_ldm_adjustParameters)
HINDCAST_NOT_LINKED(ZSTD_ldm_blockCompress)
HINDCAST_NOT_LINKED(ZSTD_ldm_fillHashTable)
HINDCAST_NOT_LINKED(ZSTD_ldm_generateSequences)
HINDCAST_NOT_LINKED(ZSTD_ldm_skipRawSeqStoreBytes)

struct LdmParameters { // ldmParams_t of zstd_compress_internal.h
    int isEnabled;
    unsigned hashLog, bucketSizeLog, minMatchLength, hashRateLog, windowLog;
};

std::size_t ZSTD_ldm_getTableSize(LdmParameters)
{
    return 0;
}

std::size_t ZSTD_ldm_getMaxNbSeq(LdmParameters, std::size_t)
{
    return 0;
}

void ZSTD_ldm_skipSequences(void*, std::size_t, unsigned) { }

} // extern "C"
