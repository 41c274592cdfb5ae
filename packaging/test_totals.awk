# Counts what a test run really did, from ctest's JUnit file and the text logs of the Qt Test programs:
#   awk -v results=build/dev/tests/results -v ctest_status=$? -f packaging/test_totals.awk build/dev/tests/results/ctest.xml
# A Qt Test program counts as its functions and rows, any other ctest as one. initTestCase() and cleanupTestCase() are no
# tests: only their failure or skip counts. A program that ended without its totals (a crash, a time-out) adds one failure
# to what it had passed until then. Prints what was skipped or failed and why, then "N passed, N failed, N skipped" as the last line;
# the exit status is 1 when something failed or nothing ran.

function attribute(line, name,    found) {
    if (!match(line, " " name "=\"[^\"]*\"")) return ""
    found = substr(line, RSTART, RLENGTH)
    sub(/^[^"]*"/, "", found)
    sub(/"$/, "", found)
    return found
}

function count_qt_log(test, status, log_file,    line, parts, whole, own_passed, own_failed, own_skipped, frame, seen) {
    while ((getline line < log_file) > 0) {
        if (line ~ /^PASS   : /) ++seen
        if (line ~ /^PASS   : .*::(initTestCase|cleanupTestCase)\(\)$/) ++frame
        if (line ~ /^(FAIL!  |XPASS  ): /) print "failed: " test ": " substr(line, 10)
        if (line ~ /^SKIP   : /) print "skipped: " test ": " substr(line, 10)
        if (line ~ /^Totals: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/) {
            split(line, parts, " ")
            own_passed += parts[2]; own_failed += parts[4]; own_skipped += parts[6]
            if (parts[9] ~ /^blacklisted/) own_skipped += parts[8]
            whole = 1
        }
    }
    close(log_file)
    if (!whole) {
        own_passed = seen
        own_failed = 1
        print "failed: " test " ended without its totals (a crash or a time-out)"
    } else if (status == "fail" && own_failed == 0) {
        own_failed = 1
        print "failed: " test " passed its checks, but its exit status says failure"
    }
    passed += own_passed - frame
    failed += own_failed
    skipped += own_skipped
}

function finish_test(    log_file, line) {
    if (test == "") return
    log_file = results "/" test ".txt"
    if ((status == "run" || status == "fail") && (getline line < log_file) > 0) {
        close(log_file)
        count_qt_log(test, status, log_file)
    } else if (status == "run") {
        ++passed
    } else if (status == "disabled" || (status == "notrun" && reason ~ /^SKIP_/)) {
        ++skipped
        print "skipped: " test (reason == "" ? ": disabled" : ": " reason)
    } else {
        ++failed
        print "failed: " test (reason == "" ? "" : ": " reason)
    }
    test = ""
}

/^[ \t]*<testcase / {
    finish_test()
    test = attribute($0, "name")
    status = attribute($0, "status")
    reason = ""
}
/^[ \t]*<(skipped|failure) / && reason == "" { reason = attribute($0, "message") }

END {
    finish_test()
    if (ctest_status != 0 && failed == 0) {
        ++failed
        print "failed: ctest itself (exit status " ctest_status ")"
    }
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit (failed > 0 || passed == 0) ? 1 : 0
}
