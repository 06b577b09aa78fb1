# Which Java runs and builds what. Sourced, not run.

# Jobs and peers of tests run little, and most of it once: that is not worth compiling well, nor soon where a compiler is dear. A
# little heap that is used over and over spares first touches of pages, which are dear in a kernel that is a process.
lean="-Xmn2m${SOFT_ROCE_EMULATED:+ -XX:CompileThresholdScaling=10}"
job_options="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC $lean"

class_of() { # TOP NAME: prints the class of a test that is named without its package, perhaps with #method; nothing if there is none
    local file
    for file in "$1"/{verbs-jna,tests}/src/test/java/io/openib/*/*/"${2%%#*}.java"; do
        [[ -f $file && $file = *Test.java ]] || continue
        file=${file#*/src/test/java/} file=${file%.java}
        printf '%s\n' "${file//\//.}"
        return
    done
}

release_of() { # JDK
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || true
}

find_jdks() { # sets base, the Java to use, and newest, the newest that is newer, or nothing
    local jdk release best
    base=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")}
    best=$(release_of "$base") newest=''
    for jdk in /usr/lib/jvm/*/; do
        release=$(release_of "${jdk%/}")
        if [ "${release:-0}" -gt "$best" ]; then newest=${jdk%/} best=$release; fi
    done
}

is_built() { # TOP: whether what the tests need is there, and no source is newer than the last build of all modules
    local last
    [ -f "$1/cli/target/openib.jar" ] && [ -f "$1/tests/target/test-classpath" ] && are_jars "$1" || return 1
    # Maven leaves reports where it ran tests; the other is ours.
    last=$(find "$1/tests/target/soft-roce-built" "$1"/tests/target/surefire-reports -type f -printf '%T@ %p\n' 2>/dev/null |
        sort -n | tail -n 1 | cut -d ' ' -f 2-)
    [ -n "$last" ] || return 1
    [ -z "$(find "$1/pom.xml" "$1"/*/pom.xml "$1"/*/src -newer "$last" -print 2>/dev/null | head -n 1)" ] || return 1
    [ "$(release_of "${newest:-$base}")" -lt 22 ] ||
        { [ -f "$1/verbs-ffm/target/openib-verbs-ffm.jar" ] &&
            [ -z "$(find "$1/verbs-ffm/src" -newer "$1/verbs-ffm/target/openib-verbs-ffm.jar" | head -n 1)" ]; }
}

are_jars() { # TOP: whether the tests are in jars, as they were compiled last, and so is all that they need
    local module jar
    for module in verbs-jna tests; do
        jar=$(ls "$1/$module"/target/*-tests.jar 2>/dev/null | head -n 1)
        [ -n "$jar" ] && [ -z "$(find "$1/$module/target/test-classes" -type f -newer "$jar" -print -quit)" ] || return 1
    done
    ! grep -q /target/classes "$1/tests/target/test-classpath"
}

build() { # TOP: by the newest Java, since verbs-ffm wants one; without tests and checks
    local start=$SECONDS
    command -v mvn >/dev/null || fail 'there is no mvn to build with: apt-get install maven, or build elsewhere'
    [ -x "${newest:-$base}/bin/javac" ] || fail "${newest:-$base} is no JDK: it has no javac to build with; set JAVA_HOME"
    say "building with $(basename "${newest:-$base}")"
    mkdir -p "$1/tests/target"
    if ! (cd "$1" && JAVA_HOME=${newest:-$base} mvn -q -B -ntp -Dquick -DskipTests verify) >"$1/tests/target/soft-roce-build.log" 2>&1; then
        grep ERROR "$1/tests/target/soft-roce-build.log" | head -n 20 >&2
        fail "the build failed; its output is in $1/tests/target/soft-roce-build.log"
    fi
    touch "$1/tests/target/soft-roce-built"
    say "built in $((SECONDS - start)) s"
}

set_class_path() { # TOP JDK: sets class_path, test_jars, and has_ffm if java.lang.foreign can be used
    local test_path ffm=$1/verbs-ffm/target/openib-verbs-ffm.jar
    test_path=$(cat "$1/tests/target/test-classpath") || fail 'nothing is built: run mvn -DskipTests verify'
    test_jars=$(ls "$1"/verbs-jna/target/*-tests.jar "$1"/tests/target/*-tests.jar | paste -sd :)
    class_path=$test_jars:$test_path
    has_ffm=''
    if [ "$(release_of "$2")" -ge 22 ] && [ -e "$ffm" ]; then
        has_ffm=yes
        class_path=$ffm:$class_path
    fi
}

set_java() { # TOP JDK: sets java, the command with all that an archive of classes has to agree with, and archives, a folder
    java=("$2/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$class_path")
    [ "$(release_of "$2")" -lt 24 ] || java+=(--enable-native-access=ALL-UNNAMED)
    archives=$1/tests/target/soft-roce/$(release_of "$2")
}
