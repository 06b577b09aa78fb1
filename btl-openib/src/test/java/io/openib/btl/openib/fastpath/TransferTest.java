package io.openib.btl.openib.fastpath;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a length is cut, up to the longest that a caller can give. */
@Timeout(10)
class TransferTest {
    @ParameterizedTest
    @CsvSource({
        "0, 65536, 1",
        "1, 65536, 1",
        "65536, 65536, 1",
        "65537, 65536, 2",
        "1073741824, 1073741824, 1",
        "1073741825, 1073741824, 2",
        "2147483647, 1073741824, 2",
        "2147483647, 65536, 32768",
        "2147483647, 1, 2147483647"
    })
    void shouldCutIntoAsManyPiecesAsItTakes(int lengthBytes, int pieceBytes, int pieces) {
        assertThat(Transfer.pieces(lengthBytes, pieceBytes)).isEqualTo(pieces);
    }
}
