package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LocalityTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(vector,(0,1,4))            | 4 | 0 0 0 0",
                "(vector,(0,2,2))            | 4 | 0 0 1 1",
                "(vector,(0,2,1))            | 5 | 0 1 0 1 0",
                "(vector,(0,1,2),(1,2,1))    | 4 | 0 0 1 2",
                "(vector,(3,1,0),(7,1,1))    | 2 | 7 7",
                "(vector,(0,1,999999999))    | 2 | 0 0",
                "(vector,(0,999999999,1))    | 3 | 0 1 2"
            })
    void shouldDealRanksOutAsTheMappingSays(String mapping, int size, String expected) {
        StringBuilder nodes = new StringBuilder();
        for (int node : ProcessMapping.nodeOfRank(mapping, size).orElseThrow()) {
            nodes.append(' ').append(node);
        }
        assertThat(nodes.substring(1)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0               | (vector,(0,1,1))",
                "0 0 0 0         | (vector,(0,1,4))",
                "0 1             | (vector,(0,2,1))",
                "0 0 1 1 2 2     | (vector,(0,3,2))",
                "0 1 0 1         | (vector,(0,2,1),(0,2,1))",
                "1 0             | (vector,(1,1,1),(0,1,1))",
                "0 0 1 2 2 7     | (vector,(0,1,2),(1,1,1),(2,1,2),(7,1,1))"
            })
    void shouldWriteTheMappingThatItReads(String nodes, String mapping) {
        int[] nodeOfRank =
                Arrays.stream(nodes.split(" ")).mapToInt(Integer::parseInt).toArray();
        assertThat(ProcessMapping.of(nodeOfRank)).isEqualTo(mapping);
        assertThat(ProcessMapping.nodeOfRank(mapping, nodeOfRank.length)).contains(nodeOfRank);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "vector",
                "(vector)",
                "(vector,)",
                "(vector,(0,1))",
                "(vector,(0,1,0))",
                "(vector,(0,0,1))",
                "(vector,(0,1,-1))",
                "(vector,(0,1,1)",
                "(vector,(0,1,9999999999))",
                "(map,(0,1,1))",
                "(vector,(0,1,1))x"
            })
    void shouldNotKnowWhereAMappingIsNone(String mapping) {
        assertThat(ProcessMapping.nodeOfRank(mapping, 3)).isEmpty();
    }

    @Test
    void shouldReadAMappingOfAnyNumberOfBlocks() throws InterruptedException {
        String mapping = "(vector" + ",(0,1,1),(7,1,2)".repeat(20_000) + ")";
        AtomicReference<Object> read = new AtomicReference<>();
        Thread small = new Thread(
                null, () -> read.set(ProcessMapping.nodeOfRank(mapping, 4).orElseThrow()), "small", 128 << 10);
        small.setUncaughtExceptionHandler((thread, error) -> read.set(error));
        small.start();
        small.join();
        assertThat(read.get()).isEqualTo(new int[] {0, 7, 7, 0});
    }

    @Test
    void shouldTellHereFromElsewhere() {
        Locality locality = Locality.of(2, new int[] {0, 0, 1, 1, 0});
        assertThat(locality.placeOf(0)).isEqualTo(Locality.Place.ELSEWHERE);
        assertThat(locality.placeOf(3)).isEqualTo(Locality.Place.HERE);
        assertThat(locality.ranksHere()).contains(List.of(2, 3));
        assertThat(locality.isEveryRankHere()).isFalse();
    }

    @Test
    void shouldKnowOnlyItselfWhereNothingWasTold() {
        Locality locality = Locality.unknown(1);
        assertThat(locality.placeOf(1)).isEqualTo(Locality.Place.HERE);
        assertThat(locality.placeOf(0)).isEqualTo(Locality.Place.UNKNOWN);
        assertThat(locality.ranksHere()).isEmpty();
        assertThat(locality.isEveryRankHere()).isFalse();
    }
}
