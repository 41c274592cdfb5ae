// hindcast: opens a capture and shows it; or takes pictures of every view, or measures itself.

#include "appearance.h"
#include "command_line.h"
#include "main_window.h"
#include "profile.h"
#include "screenshots.h"

#include <QApplication>
#include <QFile>
#include <QTranslator>

#include <cstdio>

namespace {

using namespace hindcast;

QStringList pathsOf(const CommandLine& commandLine)
{
    QStringList paths;
    for (const std::string& input : commandLine.inputs)
        paths.append(QFile::decodeName(QByteArray::fromStdString(input)));
    return paths;
}

Theme themeOf(const CommandLine& commandLine)
{
    if (commandLine.theme.empty())
        return Theme::System;
    return commandLine.theme == "dark" ? Theme::Dark : Theme::Light;
}

void chooseLanguage(const CommandLine& commandLine, QTranslator& translator)
{
    const bool isAsked = !commandLine.language.empty();
    const QLocale locale = isAsked ? QLocale(QString::fromStdString(commandLine.language)) : QLocale();
    QLocale::setDefault(locale);
    if (translator.load(locale, QStringLiteral("hindcast"), QStringLiteral("_"), QStringLiteral(":/i18n")))
        QCoreApplication::installTranslator(&translator);
    else if (isAsked && locale.language() != QLocale::English)
        std::fprintf(
            stderr, "hindcast: there is no translation into '%s' yet; using English\n", commandLine.language.c_str());
}

constexpr int exitNoDisplay = 3;

/// Qt would abort without one.
bool hasPlaceToDraw()
{
    return qEnvironmentVariableIsSet("QT_QPA_PLATFORM") || qEnvironmentVariableIsSet("DISPLAY")
        || qEnvironmentVariableIsSet("WAYLAND_DISPLAY");
}

/// The offscreen platform says at every window what it cannot do; nobody can act on it.
void passOnMessage(QtMsgType, const QMessageLogContext&, const QString& message)
{
    if (!message.startsWith(QStringLiteral("This plugin does not support")))
        std::fprintf(stderr, "%s\n", qPrintable(message));
}

} // namespace

int main(int argumentCount, char** arguments)
{
    // Before anything of Qt: --help must work where there is no display.
    int exitStatus = 0;
    const auto commandLine = parseCommandLine(argumentCount, arguments, exitStatus);
    if (!commandLine)
        return exitStatus;
    if (commandLine->scale > 0)
        qputenv("QT_SCALE_FACTOR", QByteArray::number(commandLine->scale));

    if (!hasPlaceToDraw()) {
        std::fprintf(
            stderr, "hindcast: no display; set QT_QPA_PLATFORM=offscreen with --screenshots, or use hindcast-report\n");
        return exitNoDisplay;
    }
    qInstallMessageHandler(passOnMessage);
    int qtArgumentCount = 1; // Qt's own options stay out of ours
    QApplication application(qtArgumentCount, arguments);
    QCoreApplication::setOrganizationName(QStringLiteral("hindcast"));
    QCoreApplication::setApplicationName(QStringLiteral("hindcast"));
    QCoreApplication::setApplicationVersion(QStringLiteral(HINDCAST_VERSION));
    QTranslator translator;
    chooseLanguage(*commandLine, translator);
    applyTheme(application, themeOf(*commandLine));

    const QStringList inputs = pathsOf(*commandLine);
    const QString input = inputs.isEmpty() ? QString{} : inputs.front();
    MainWindow window;
    if (!commandLine->profileFile.empty())
        return runProfile(window, input, QString::fromStdString(commandLine->profileFile));
    if (!commandLine->screenshotFolder.empty())
        return takeScreenshots(window, inputs, QString::fromStdString(commandLine->screenshotFolder));
    window.show();
    window.openFiles(inputs);
    return QApplication::exec();
}
