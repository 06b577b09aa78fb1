package io.openib.cli.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "64K, 65536", "4m, 4194304", "1024M, 1073741824"})
    void shouldReadSizes(String text, int bytes) {
        assertThat(new ByteSize().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1000, 1000", "65536, 64K", "66560, 65K", "1047527424, 999M", "1073741824, 1024M"})
    void shouldWriteThemAsTheyAreRead(int bytes, String text) {
        assertThat(ByteSize.text(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "K", "0", "-1", "1.5K", "1025M", "99999999999999999999", "17592186044417M"})
    void shouldRefuseWhatIsNoSize(String text) {
        assertThatThrownBy(() -> new ByteSize().convert(text)).hasMessageContaining("'" + text + "' is no size");
    }

    @Test
    void shouldCountUpInPowersOfTwo() {
        assertThat(ByteSize.powersOfTwoTo(4 << 20))
                .hasSize(23)
                .startsWith(1, 2, 4)
                .endsWith(1 << 21, 1 << 22);
    }
}
