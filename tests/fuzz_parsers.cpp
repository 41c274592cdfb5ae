// libFuzzer: any text for any parser, as two samples a second apart. The first byte chooses the parser.
//   build/fuzz/tests/fuzz_parsers -max_len=16384 -max_total_time=60 CORPUS
#include "parse/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace hindcast;
    if (size == 0)
        return 0;
    const auto parsers = parse::allParsers();
    const parse::Parser& parser = parsers[data[0] % parsers.size()];
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const std::string_view path = parser.isPerProcess ? "/proc/7/stat" : "/proc/pressure/cpu";
    const parse::Sample samples[] = {{Time{std::chrono::seconds(1)}, path, text.substr(0, text.size() / 2), 0},
        {Time{std::chrono::seconds(2)}, path, text, 0}};
    parse::Builder builder;
    const Host host;
    if (parser.recognise)
        parser.recognise(text);
    parser.parse({"samples/fuzz", samples, Clock::Wall, host}, builder);
    return 0;
}
