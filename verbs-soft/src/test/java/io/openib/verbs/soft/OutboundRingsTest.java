package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.openib.verbs.soft.arena.Address;
import io.openib.verbs.soft.arena.ArenaLayout;
import io.openib.verbs.soft.arena.FullArena;
import io.openib.verbs.soft.arena.NoRoomException;
import io.openib.verbs.soft.arena.OwnArena;
import io.openib.verbs.soft.arena.SegmentGoneException;
import io.openib.verbs.soft.arena.Words;
import io.openib.verbs.testkit.LocalSide;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rings that cannot be made. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OutboundRingsTest {
    private static final int GONE_SEGMENT = 4711;

    private final LocalSide side = new LocalSide(new SoftEthernet());
    private final OwnArena arena = ((SoftDevice) side.device()).adapter().arena();
    private final OutboundRings rings = new OutboundRings(arena, new FaultInjector(SoftParameters.defaults()));
    private final long queue = arena.allocate(Inbox.Armed.BYTES, ArenaLayout.LINE_BYTES);

    @AfterEach
    void close() {
        side.close();
    }

    private void putLong(long address, int field, long value) {
        Words.putLong(arena.memory(Address.segment(address)), Address.offset(address) + field, value);
    }

    private int claims(long directory) {
        return (int) Words.getLong(
                arena.memory(Address.segment(directory)), Address.offset(directory) + Inbox.DIRECTORY_COUNT);
    }

    @Test
    void shouldClaimOneInboxHoweverOftenThereIsNoRoomForItsRing() {
        long directory = new DatagramDirectory(arena, queue).address();
        Runnable makeRoom = FullArena.fill(arena);
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatThrownBy(() -> rings.forDatagrams(arena, directory)).isInstanceOf(NoRoomException.class);
        }
        makeRoom.run();
        assertThat(rings.forDatagrams(arena, directory)).isNotNull();
        assertThat(claims(directory)).isEqualTo(1);
    }

    /** Given back twice, its memory would be handed out twice. */
    @Test
    void shouldGiveARingBackOnceThoughNoOtherTakesItsPlace() {
        long inbox = arena.allocate(Inbox.BYTES, ArenaLayout.LINE_BYTES);
        putLong(inbox, Inbox.QUEUE, queue);
        putLong(inbox, Inbox.USE, 1);
        rings.forConnection(arena, inbox);
        putLong(inbox, Inbox.USE, 2);
        putLong(inbox, Inbox.QUEUE, Address.of(GONE_SEGMENT, 0));
        for (int attempt = 0; attempt < 3; attempt++) {
            assertThatThrownBy(() -> rings.forConnection(arena, inbox)).isInstanceOf(SegmentGoneException.class);
        }
        rings.forget(arena.id());
        Set<Long> handedOut = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            assertThat(handedOut.add(arena.allocate(OutboundRing.FIRST_ENTRIES * Completion.BYTES, 64)))
                    .isTrue();
        }
    }
}
