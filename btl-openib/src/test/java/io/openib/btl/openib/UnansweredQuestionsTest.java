package io.openib.btl.openib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.btl.Btl;
import io.openib.btl.BtlException;
import io.openib.btl.RegisteredMemory;
import io.openib.btl.openib.Ranks.Rank;
import io.openib.btl.openib.loop.LoopFabric;
import io.openib.verbs.VerbsProvider;
import io.openib.verbs.soft.SoftProvider;
import io.openib.wireup.oob.OobComponent;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What waits for the launcher says so when that does not tell, rather than what looks like an answer; and which memory there is at all. */
@Timeout(60)
class UnansweredQuestionsTest {
    private static void assertUnanswered(ThrowingCallable question) {
        assertThatThrownBy(question)
                .isInstanceOf(BtlException.class)
                .hasMessageContaining("rank 1")
                .hasMessageContaining("no get_result within 7 ms");
    }

    @Test
    void shouldThrowRatherThanTellNothingOfAPeer() {
        try (Ranks ranks = new Ranks(2)) {
            Btl btl = ranks.rank(0);
            ranks.job.giveUp();
            assertUnanswered(() -> btl.peer(1));
            assertUnanswered(() -> btl.hasAtomics(1));
            ranks.job.recover();
            assertThat(btl.peer(1).host()).isEqualTo("here");
            assertThat(btl.hasAtomics(1)).isTrue();
        }
    }

    /** One of the two devices is not in use, so that each of the ranks may be a reason to register memory with it. */
    @Test
    void shouldNotWaitForOneRankAfterTheOtherWhenMemoryIsMade() {
        List<Rank> all = Stream.generate(() -> Rank.of()
                        .on(
                                new LoopFabric("soft", VerbsProvider.SOFTWARE),
                                new LoopFabric("hard", VerbsProvider.HARDWARE)))
                .limit(5)
                .toList();
        try (Ranks ranks = new Ranks(new TestJob(5), all)) {
            Btl btl = ranks.rank(0);
            ranks.job.giveUp();
            int before = ranks.job.questions();
            assertUnanswered(() -> btl.allocate(64));
            assertThat(ranks.job.questions()).isEqualTo(before + 1);
            assertUnanswered(() -> btl.register(ByteBuffer.allocateDirect(64)));
            assertThat(ranks.job.questions()).isEqualTo(before + 2);
            ranks.job.recover();
            try (RegisteredMemory memory = btl.allocate(64)) {
                assertThat(memory.handle().keyCount()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldTellHowLongMemoryMayBeAndToTakeSeveral() {
        Rank soft = Rank.of().on(new SoftProvider()).with(new OobComponent());
        try (Ranks ranks = new Ranks(new TestJob(1), List.of(soft))) {
            Btl btl = ranks.rank(0);
            long most = btl.maxMemoryBytes();
            assertThat(most).isEqualTo(1L << 30);
            assertThatThrownBy(() -> btl.allocate(most + 1))
                    .isInstanceOf(BtlException.class)
                    .hasMessageEndingWith("; take several of at most " + most + " (Btl.maxMemoryBytes)");
            assertThatThrownBy(() -> btl.allocate(0))
                    .isInstanceOf(BtlException.class)
                    .message()
                    .doesNotContain("take several");
        }
    }
}
