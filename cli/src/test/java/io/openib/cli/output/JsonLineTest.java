package io.openib.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 10, unit = TimeUnit.SECONDS)
class JsonLineTest {
    @Test
    void shouldWriteOneObjectOnOneLine() {
        String line = JsonLine.of(json -> json.put("text", "a \"b\"\nc")
                .put("whole", 8)
                .put("decimal", 0.04567)
                .put("large", 123_456_789.0)
                .put("truth", true)
                .put("list", List.of("x", "y"))
                .put("inner", inner -> inner.put("p50", 1.0)));

        assertThat(line)
                .isEqualTo("{\"text\":\"a \\\"b\\\"\\nc\",\"whole\":8,\"decimal\":0.046,\"large\":123456789.000,"
                        + "\"truth\":true,\"list\":[\"x\",\"y\"],\"inner\":{\"p50\":1.000}}");
    }
}
