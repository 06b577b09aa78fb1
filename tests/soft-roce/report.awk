# For tests/soft-roce/tests: of JUnit's output, each test that was skipped or failed with its reason, failures in full, and the
# sums; if JUnit did not end, all from the beginning of the test that ran when its time was over. With -v expected=FILE, a skip
# that the file does not name is told apart. Ends with 1 for one of those, and where no test has succeeded.

BEGIN {
    while (expected != "" && (getline line < expected) > 0) {
        sub(/[ \t]*#[ \t].*/, "", line)
        known[line]
    }
}

function verdict(test, class) {
    sub(/ :: .*/, "", test)
    class = test
    sub(/ > .*/, "", class)
    sub(/^[^>]* > /, "", test)
    sub(/[( ].*/, "", test)
    if (expected == "" || class in known || class "#" test in known || "*#" test in known) return ""
    bad = 1
    return "not expected: "
}

{ sub(/^JUnit Jupiter > /, "") }
/ :: STARTED$/ && !late { last = "" }
{ last = last $0 "\n"; seen += /^Test run finished/; late += /^Full thread dump/ }
/ :: (ABORTED|SKIPPED)$/ { held = verdict($0) $0; next }
/ :: FAILED$/ { held = $0; next }
held { sub(/^[ \t]+/, ""); print held ": " $0; held = "" }
/^Failures \([0-9]+\):/ { isFull = 1 }
/^Test run finished/ { isFull = 0; print }
isFull || /tests (aborted|successful|failed)/ { print }
/tests successful/ && $2 > 0 { succeeded = 1 }
END {
    if (!seen) printf "JUnit did not end; the last of it:\n%s", last
    else if (!succeeded) print "no test has succeeded"
    if (bad) print "a skip must be named with its reason in " expected
    exit bad || !succeeded
}
