package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;

/** The table in docs/devices.md: every pyverbs test has an answer, and every case that is named there exists. */
@Timeout(20)
class PyverbsTableTest {
    private static final Path PAGE = Path.of("..", "docs", "devices.md");
    private static final Pattern ROW = Pattern.compile("^\\| (\\w+) \\| ((?:`test_\\w+`(?:, )?)+) \\| (.+) \\|$");
    private static final Pattern CASE = Pattern.compile("^`(\\w+Cases)\\.(should\\w+)`");
    /** How many tests each of pyverbs' files has, in rdma-core 64. */
    private static final Map<String, Integer> TESTS = Map.of(
            "device",
            24,
            "pd",
            4,
            "mr",
            38,
            "cq",
            4,
            "cq_events",
            2,
            "qp",
            29,
            "addr",
            3,
            "atomic",
            9,
            "srq",
            3,
            "rdmacm",
            11);

    private static List<MatchResult> rows() throws IOException {
        List<MatchResult> rows = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(row.toMatchResult());
            }
        }
        return rows;
    }

    @Test
    void shouldAnswerEveryTestOfItsGroupsOnce() throws IOException {
        Map<String, Integer> counts = new TreeMap<>();
        List<String> names = new ArrayList<>();
        for (MatchResult row : rows()) {
            List<String> some = Arrays.asList(row.group(2).split(", "));
            names.addAll(some);
            counts.merge(row.group(1), some.size(), Integer::sum);
        }
        assertThat(names).doesNotHaveDuplicates();
        assertThat(counts).isEqualTo(TESTS);
    }

    @Test
    void shouldNameOnlyCasesThatTheDeviceContractHas() throws Exception {
        int named = 0;
        for (MatchResult row : rows()) {
            Matcher found = CASE.matcher(row.group(3));
            if (found.find()) {
                Class<?> group = Class.forName(getClass().getPackageName() + "." + found.group(1));
                assertThat(group).as("is part of the contract").isAssignableFrom(DeviceContract.class);
                assertThat(group.getDeclaredMethods())
                        .as("%s of %s", found.group(2), row.group(2))
                        .anyMatch(method -> method.getName().equals(found.group(2)) && isCase(method));
                named++;
            } else {
                assertThat(row.group(3)).as("a reason for %s", row.group(2)).hasSizeGreaterThan(15);
            }
        }
        assertThat(named).isGreaterThan(30);
    }

    private static boolean isCase(Method method) {
        return method.isAnnotationPresent(Test.class) || method.isAnnotationPresent(ParameterizedTest.class);
    }
}
