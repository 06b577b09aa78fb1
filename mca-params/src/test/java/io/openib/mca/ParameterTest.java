package io.openib.mca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class ParameterTest {
    private enum Mtu implements ParameterLabels {
        BYTES_256("256B"),
        BYTES_1024("1k 1024");

        private final String labels;

        Mtu(String labels) {
            this.labels = labels;
        }

        @Override
        public List<String> labels() {
            return List.of(labels.split(" "));
        }
    }

    private enum DeviceType {
        ALL,
        INFINIBAND_ONLY
    }

    private static final Parameter<Integer> INTEGER =
            Parameter.integer("a_int").defaultValue(0).help("A number.").build();
    private static final Parameter<Long> SIZE =
            Parameter.size("a_size").defaultValue(0L).help("A size.").build();
    private static final Parameter<Boolean> BOOL =
            Parameter.bool("a_bool").defaultValue(false).help("A switch.").build();
    private static final Parameter<Double> DECIMAL = Parameter.decimal("a_decimal")
            .range(0.0, 1.0)
            .defaultValue(0.0)
            .help("A probability.")
            .build();

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "12, 12",
        "-3, -3",
        "+3, 3",
        "0x1f, 31",
        "0X1F, 31",
        "-0x10, -16",
        "017, 15",
        "5K, 5120",
        "5k, 5120",
        "2M, 2097152",
        "1G, 1073741824",
        "-1k, -1024",
        "0x2K, 2048",
        "' 7 ', 7",
        "2147483647, 2147483647"
    })
    void shouldReadIntegersAsOpenMpiDoes(String text, int expected) {
        assertThat(INTEGER.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "12x", "5KB", "08", "0x", "1.5", "1_000", "--1", "K", "1 K", "1KK", "١٢"})
    void shouldRefuseWhatIsNoInteger(String text) {
        assertThatThrownBy(() -> INTEGER.parse(text))
                .hasMessageContaining("parameter \"a_int\" (API): \"" + text + "\" is not a whole number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2147483648", "-2147483649", "2G", "0x100000000", "99999999999999999999999"})
    void shouldRefuseIntegersThatDoNotFit(String text) {
        assertThatThrownBy(() -> INTEGER.parse(text)).hasMessageContaining("is beyond -2147483648..2147483647");
    }

    @Test
    void shouldReadSizesBeyondAnIntegerButNoneBelowZero() {
        assertThat(SIZE.parse("8G")).isEqualTo(8L << 30);
        assertThatThrownBy(() -> SIZE.parse("-1")).hasMessageContaining("negative");
        assertThatThrownBy(() -> SIZE.parse("9999999999G")).hasMessageContaining("is beyond");
    }

    @ParameterizedTest
    @CsvSource({
        "1, true",
        "17, true",
        "true, true",
        "T, true",
        "enabled, true",
        "Yes, true",
        "y, true",
        "0, false",
        "false, false",
        "f, false",
        "DISABLED, false",
        "no, false",
        "n, false"
    })
    void shouldReadSwitches(String text, boolean expected) {
        assertThat(BOOL.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tru", "ja", "1.0"})
    void shouldRefuseWhatIsNoSwitch(String text) {
        assertThatThrownBy(() -> BOOL.parse(text)).hasMessageContaining("neither true");
    }

    @Test
    void shouldReadTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            for (Locale locale : List.of(Locale.forLanguageTag("tr"), Locale.forLanguageTag("ar-EG-u-nu-arab"))) {
                Locale.setDefault(locale);
                assertThat(BOOL.parse("DISABLED")).isFalse();
                assertThat(DECIMAL.parse("0.25")).isEqualTo(0.25);
                assertThat(DECIMAL.format(0.25)).isEqualTo("0.25");
                assertThat(INTEGER.format(-12)).isEqualTo("-12");
                assertThat(Parameter.enumeration("a_e", DeviceType.class)
                                .defaultValue(DeviceType.INFINIBAND_ONLY)
                                .help("A type.")
                                .build()
                                .choices())
                        .containsExactly("all", "infiniband_only");
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0,5", "NaN", "1e400", "0x1p3", "1.5", "-0.1", "1f"})
    void shouldRefuseDecimalsThatAreNoneOrOutOfRange(String text) {
        assertThatThrownBy(() -> DECIMAL.parse(text)).isInstanceOf(McaException.class);
    }

    @Test
    void shouldReadWordsByAnyLabelInAnyCase() {
        Parameter<Mtu> mtu = Parameter.enumeration("a_mtu", Mtu.class)
                .defaultValue(Mtu.BYTES_1024)
                .help("An MTU.")
                .build();
        assertThat(mtu.parse("256b")).isEqualTo(Mtu.BYTES_256);
        assertThat(mtu.parse("1024")).isEqualTo(Mtu.BYTES_1024);
        assertThat(mtu.format(Mtu.BYTES_1024)).isEqualTo("1k");
        assertThatThrownBy(() -> mtu.parse("9k")).hasMessageContaining("\"9k\" is none of 256B, 1k");
        Parameter<DeviceType> type = Parameter.enumeration("a_type", DeviceType.class)
                .defaultValue(DeviceType.ALL)
                .help("A type.")
                .build();
        assertThat(type.parse("infiniband-ONLY")).isEqualTo(DeviceType.INFINIBAND_ONLY);
    }

    @Test
    void shouldReadLists() {
        Parameter<List<String>> list =
                Parameter.list("a_list").defaultValue(List.of()).help("A list.").build();
        assertThat(list.parse(" mlx5_0:1 ,mlx5_1")).containsExactly("mlx5_0:1", "mlx5_1");
        assertThat(list.parse("")).isEmpty();
        assertThatThrownBy(() -> list.parse("a,,b")).hasMessageContaining("empty element");
        Parameter<List<Path>> paths = Parameter.paths("a_paths")
                .defaultValue(List.of())
                .help("Paths.")
                .build();
        assertThat(paths.parse("~/x" + File.pathSeparator + "/y"))
                .containsExactly(StandardSources.home(System.getenv()).resolve("x"), Path.of("/y"));
        Parameter<List<Path>> files = Parameter.files("a_files")
                .defaultValue(List.of())
                .help("Files.")
                .build();
        assertThat(files.parse("/x.conf, /y.conf")).containsExactly(Path.of("/x.conf"), Path.of("/y.conf"));
        assertThat(files.parse("/x" + File.pathSeparator + "/y")).containsExactly(Path.of("/x"), Path.of("/y"));
        assertThat(files.format(files.parse("/x,/y"))).isEqualTo("/x,/y");
    }

    @Test
    void shouldCheckWhatAnOptionalValueHoldsIfItHoldsOne() {
        Parameter<Optional<Integer>> port = Parameter.integer("a_port")
                .range(1, 65535)
                .check(value -> value % 2 == 0 ? null : "is odd")
                .help("A port.")
                .optional()
                .build();
        assertThat(port.defaultValue()).isEmpty();
        assertThat(port.parse("")).isEmpty();
        assertThat(port.parse("8080")).contains(8080);
        assertThatThrownBy(() -> port.parse("70000")).hasMessageContaining("outside 1..65535");
        assertThatThrownBy(() -> port.parse("81")).hasMessageContaining("\"81\" is odd");
    }

    @Test
    void shouldRefuseDeclarationsThatContradictThemselves() {
        assertThatThrownBy(() -> Parameter.integer("a")
                        .range(1, 2)
                        .defaultValue(3)
                        .help("H.")
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("its default 3 is outside 1..2");
        assertThatThrownBy(() -> Parameter.integer("a").help("H.").build()).hasMessageContaining("needs a default");
        assertThatThrownBy(() -> Parameter.integer("a").defaultValue(1).build()).hasMessageContaining("help");
        assertThatThrownBy(() -> Parameter.integer("A b")).hasMessageContaining("no name");
        assertThatThrownBy(() -> Parameter.integer("a").range(2, 1)).hasMessageContaining("makes no sense");
        assertThatThrownBy(() -> Parameter.string("a").range("a", "b")).hasMessageContaining("makes no sense");
        assertThatThrownBy(() -> Parameter.list("a")
                        .defaultValue(List.of("b,c"))
                        .help("H.")
                        .build())
                .hasMessageContaining("not read back");
    }

    @Test
    void shouldReadBackEveryNumberItWrites() {
        Random random = SeededRandom.create(getClass());
        Parameter<Long> longs = Parameter.longInteger("a_long")
                .defaultValue(0L)
                .help("A number.")
                .build();
        for (int i = 0; i < 10_000; i++) {
            long number = random.nextLong() >> random.nextInt(64);
            double fraction = random.nextDouble() * Math.pow(10, -random.nextInt(300));
            assertThat(longs.parse(longs.format(number))).isEqualTo(number);
            assertThat(longs.parse("0x" + Long.toHexString(number & Long.MAX_VALUE)))
                    .isEqualTo(number & Long.MAX_VALUE);
            assertThat(DECIMAL.parse(DECIMAL.format(fraction))).isEqualTo(fraction);
        }
    }

    @Test
    void shouldNeverThrowAnythingButAMcaExceptionForAnyText() {
        Random random = SeededRandom.create(getClass());
        String alphabet = "0123456789xXkKmMgG+-., \t\n\"'^_aefnrstuy\u0000\u0661\ud800";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(8); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (Parameter<?> parameter : List.of(INTEGER, SIZE, BOOL, DECIMAL)) {
                checkReadsBackOrRefuses(parameter, text.toString());
            }
        }
    }

    private static <T> void checkReadsBackOrRefuses(Parameter<T> parameter, String text) {
        T value;
        try {
            value = parameter.parse(text);
        } catch (McaException e) {
            assertThat(e.problems()).hasSize(1);
            return;
        }
        assertThat(parameter.parse(parameter.format(value))).isEqualTo(value);
    }
}
