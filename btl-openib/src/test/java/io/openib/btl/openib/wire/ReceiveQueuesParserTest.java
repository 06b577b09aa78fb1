package io.openib.btl.openib.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The grammar, defaults and checks of Open MPI's code, each row by itself. */
@Timeout(30)
class ReceiveQueuesParserTest {
    @Test
    void shouldHaveTheDefaultOfTheSeries16() throws Exception {
        assertThat(parse(ReceiveQueues.DEFAULT))
                .hasToString("P,128,256,192,128,4:S,2048,1024,1008,64,256,48:S,12288,1024,1008,64,256,48"
                        + ":S,65536,1024,1008,64,256,48");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "P,128,256; P,128,256,192,128,4",
                "P,128,,; P,128,256,192,128,4",
                "P,128,100; P,128,100,75,50,4",
                "P,128,1,0; P,128,1,0,2,1",
                "P,128,256,192,,; P,128,256,192,128,4",
                "P,,4; P,1,4,3,2,4",
                "S,2048,1024; S,2048,1024,768,192,256,48",
                "S,2048,; S,2048,256,192,48,64,12",
                "S,2048,256,192,128; S,2048,256,192,128,64,12",
                "P,65536,256,192,128; P,65536,256,192,128,4",
                "P,65536,64; P,65536,64,48,32,4",
                "S,64,8,4,2,8,8; S,64,8,4,2,8,8"
            })
    void shouldFillInDefaultsAsTheCodeDoes(String spec, String complete) throws Exception {
        assertThat(parse(spec)).hasToString(complete);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "' '; no qps in receive_queues",
                "Q,128,256; invalid qp type in receive_queues",
                "p,128,256; invalid qp type in receive_queues",
                "P; invalid qp type in receive_queues",
                "P,128,256:; invalid qp type in receive_queues",
                "X,128,256; No XRC support",
                "P,128,256:X,65536,256; No XRC support",
                "P,128; invalid pp qp specification",
                "P,128,256,192,128,4,1; invalid pp qp specification",
                "P,128,256,192,0; invalid pp qp specification",
                "P,12x,256; invalid pp qp specification",
                "P,-1,256; invalid pp qp specification",
                "P,0,256; invalid pp qp specification",
                "P,128,0; invalid pp qp specification",
                "P,99999999,256; invalid pp qp specification",
                "S,128; invalid srq specification",
                "S,128,256,192,128,64,12,1; invalid srq specification",
                "S,128,256,192,0; invalid srq specification",
                "P,128,256,256; rd_num must be > rd_low",
                "S,128,256,300; rd_num must be > rd_low",
                "S,128,256,192,128,257; rd_num must be >= rd_init",
                "S,128,256,192,128,64,257; srq_limit must be > rd_num",
                "P,256,256:S,128,256; sizes must increase",
                "P,128,256:S,128,256; sizes must increase"
            })
    void shouldRefuseByName(String spec, String topic) {
        assertThatThrownBy(() -> parse(spec)).hasMessageStartingWith(topic);
        assertThat(ReceiveQueuesParser.problem(spec)).contains(topic);
    }

    @Test
    void shouldRefuseMoreQueuesThanWorkRequestIdsTellApart() {
        StringBuilder spec = new StringBuilder("P,1,8");
        for (int size = 2; size <= WorkRequestId.MAX_QUEUES; size++) {
            spec.append(":P,").append(size).append(",8");
        }
        assertThat(ReceiveQueuesParser.problem(spec.toString())).isNull();
        assertThat(ReceiveQueuesParser.problem(spec + ":P,100,8")).contains("too many receive queues");
    }

    @Test
    void shouldWarnOfAWindowThatCostsCreditMessages() throws Exception {
        ReceiveQueuesParser parser = new ReceiveQueuesParser();
        parser.parse("P,128,256,192,32");
        assertThat(parser.warnings()).singleElement().asString().startsWith("non optimal rd_win");
    }

    @Test
    void shouldPickTheSmallestQueueThatFits() throws Exception {
        ReceiveQueues queues = parse("S,64,256:P,128,256:S,2048,256");
        assertThat(queues.queueFor(0)).isZero();
        assertThat(queues.queueFor(64)).isZero();
        assertThat(queues.queueFor(65)).isEqualTo(1);
        assertThat(queues.queueFor(2048)).isEqualTo(2);
        assertThat(queues.queueFor(2049)).isEqualTo(-1);
        assertThat(queues.controlQueue()).isEqualTo(1);
        assertThat(queues.rdmaQueue()).isEqualTo(2);
    }

    private static ReceiveQueues parse(String spec) throws ReceiveQueuesParser.SpecException {
        return new ReceiveQueuesParser().parse(spec);
    }
}
