#include "command_line.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace hindcast {

std::optional<CommandLine> parseCommandLine(int argumentCount, char** arguments, int& exitStatus)
{
    CommandLine result;
    CLI::App app("Shows what a Linux server was doing, from a capture recorded by hindcast-record.", "hindcast");
    app.get_formatter()->column_width(34);
    app.get_formatter()->label("TEXT", "");
    app.add_option("INPUT", result.inputs, "Captures to open: a file, an unpacked folder, a vmstat log")->type_name("");
    app.add_option("--theme", result.theme, "light or dark; default: as the desktop")
        ->type_name("NAME")
        ->check(CLI::IsMember({"light", "dark"}));
    app.add_option("--language", result.language, "Language of the window, such as en or ko; default: as the desktop")
        ->type_name("LL");
    app.add_option("--scale", result.scale, "Size of everything, 0.5 to 4; default: as the desktop")
        ->type_name("N")
        ->check(CLI::Range(0.5, 4.0));
    app.add_option("--screenshots", result.screenshotFolder, "Save every view as a picture in this folder, then end")
        ->type_name("DIR");
    app.add_option("--profile", result.profileFile, "Measure opening, drawing and memory, write JSON there, then end")
        ->type_name("FILE");
    app.set_version_flag("--version", "hindcast " HINDCAST_VERSION, "Print the version");
    app.set_help_flag("-h,--help", "Print this help");
    app.footer("\nWithout a display, --screenshots and --profile work with QT_QPA_PLATFORM=offscreen.\n"
               "Exit status: 0 fine; 2 usage; 3 input unreadable or result not writable.");
    try {
        app.parse(argumentCount, arguments);
    } catch (const CLI::ParseError& error) {
        const bool wasAsked = error.get_exit_code() == 0;
        app.exit(error);
        exitStatus = wasAsked ? 0 : 2;
        return std::nullopt;
    }
    return result;
}

} // namespace hindcast
