// Thread dumps of Java processes in every form they come in: jstack, jcmd Thread.print and kill -3 of HotSpot (JDK 1.4
// to 25, also within a log), VisualVM, ThreadInfo, JRockit, jstack -F, jcmd Thread.dump_to_file as text
// and as JSON, and the javacore of IBM J9. Sources: man 1 jstack, man 1 jcmd, and those named in thread_dump_*.h.
#include "parse/thread_dump_javacore.h"
#include "parse/thread_dump_json.h"
#include "parse/thread_dump_text.h"

namespace hindcast::parse {
namespace {

void parse(const Input& input, Builder& out)
{
    ThreadDumpTables tables(input, out);
    for (const Sample& sample : input.samples) {
        const std::string_view text = sample.text;
        tables.beginText(sample);
        out.setText(text);
        if (isThreadDumpJson(text.substr(0, 4096)))
            readThreadDumpJson(text, out, tables);
        else if (isJavacore(text))
            readJavacore(text, out, tables);
        else
            ThreadDumpText(out, tables).read(text);
        tables.finish();
    }
    if (out.tables().empty())
        out.note(NoteSeverity::DataLoss, "no thread of a dump could be read");
}

int recognise(std::string_view beginning)
{
    if (isThreadDumpJson(beginning.substr(0, 4096)) || isJavacore(beginning))
        return 95;
    return recogniseThreadDumpText(beginning);
}

} // namespace

Parser jstack()
{
    return {.id = "jstack", .title = "Java thread dumps", .members = "", .parse = parse, .recognise = recognise};
}

} // namespace hindcast::parse
