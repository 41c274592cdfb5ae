# QCustomPlot for Qt 6, as distributions ship it: a CMake package (Debian, Ubuntu), a pkg-config file (Fedora and other RPM
# families), or only a library and a header. Gives the target QCustomPlotQt6::QCustomPlotQt6.
# The CMake package has no find_dependency: Qt6 Widgets and PrintSupport must have been found before.
if(NOT TARGET QCustomPlotQt6::QCustomPlotQt6)
    find_package(QCustomPlotQt6 CONFIG QUIET)
endif()

if(NOT TARGET QCustomPlotQt6::QCustomPlotQt6)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(QCUSTOMPLOT_QT6 QUIET IMPORTED_TARGET qcustomplot-qt6)
        if(QCUSTOMPLOT_QT6_FOUND)
            add_library(QCustomPlotQt6::QCustomPlotQt6 INTERFACE IMPORTED)
            target_link_libraries(QCustomPlotQt6::QCustomPlotQt6 INTERFACE PkgConfig::QCUSTOMPLOT_QT6
                Qt6::Widgets Qt6::PrintSupport)
        endif()
    endif()
endif()

if(NOT TARGET QCustomPlotQt6::QCustomPlotQt6)
    find_library(QCUSTOMPLOT_QT6_LIBRARY NAMES QCustomPlotQt6 qcustomplot-qt6 qcustomplotqt6 qcustomplot6)
    find_path(QCUSTOMPLOT_QT6_INCLUDE qcustomplot.h PATH_SUFFIXES qcustomplot qcustomplot-qt6)
    if(QCUSTOMPLOT_QT6_LIBRARY AND QCUSTOMPLOT_QT6_INCLUDE)
        add_library(QCustomPlotQt6::QCustomPlotQt6 UNKNOWN IMPORTED)
        set_target_properties(QCustomPlotQt6::QCustomPlotQt6 PROPERTIES
            IMPORTED_LOCATION ${QCUSTOMPLOT_QT6_LIBRARY}
            INTERFACE_INCLUDE_DIRECTORIES ${QCUSTOMPLOT_QT6_INCLUDE})
        target_link_libraries(QCustomPlotQt6::QCustomPlotQt6 INTERFACE Qt6::Widgets Qt6::PrintSupport)
    endif()
endif()

if(TARGET QCustomPlotQt6::QCustomPlotQt6)
    set(QCustomPlotQt6_FOUND TRUE)
else()
    set(QCustomPlotQt6_FOUND FALSE)
    if(QCustomPlotQt6_FIND_REQUIRED)
        message(FATAL_ERROR "QCustomPlot for Qt 6 was not found (Debian, Ubuntu: libqcustomplot-dev; Fedora: qcustomplot-qt6-devel)")
    endif()
endif()
