package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.AccessFlag;
import io.openib.verbs.Errno;
import io.openib.verbs.ProtectionDomain;
import io.openib.verbs.QpCapabilities;
import io.openib.verbs.QpInitAttributes;
import io.openib.verbs.WcStatus;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Protection domains: busy while in use, and separate from each other. */
interface ProtectionDomainCases extends VerbsContract {
    /** pyverbs {@code test_alloc_pd}, {@code test_dealloc_pd}, {@code test_multiple_pd_creation}. */
    @Test
    default void shouldMakeSeveralProtectionDomains(VerbsFixture fx) {
        for (int i = 0; i < 10; i++) {
            ProtectionDomain pd = fx.device().allocProtectionDomain();
            assertThat(pd.device()).isSameAs(fx.device());
            pd.close();
        }
    }

    /** pyverbs {@code test_destroy_pd_twice}. */
    @Test
    default void shouldCloseAProtectionDomainTwice(VerbsFixture fx) {
        ProtectionDomain pd = fx.device().allocProtectionDomain();
        pd.close();
        pd.close();
    }

    @Test
    default void shouldKeepAProtectionDomainWithARegion(VerbsFixture fx) {
        assertBusyWith(fx, pd -> pd.allocate(4096, Set.of(AccessFlag.LOCAL_WRITE)));
    }

    @Test
    default void shouldKeepAProtectionDomainWithASharedReceiveQueue(VerbsFixture fx) {
        assertBusyWith(fx, pd -> pd.createSharedReceiveQueue(4, 1));
    }

    @Test
    default void shouldKeepAProtectionDomainWithAQueuePair(VerbsFixture fx) {
        var cq = fx.device().createCompletionQueue(4, null);
        fx.near().keep(cq);
        assertBusyWith(fx, pd -> pd.createQueuePair(QpInitAttributes.rc(cq, cq, new QpCapabilities(4, 4, 1, 1, 0))));
    }

    @Test
    default void shouldKeepAProtectionDomainWithAnAddressHandle(VerbsFixture fx) {
        PortAddress own = fx.near().address();
        assertBusyWith(fx, pd -> pd.createAddressHandle(own.from(own)));
    }

    private static void assertBusyWith(VerbsFixture fx, Function<ProtectionDomain, AutoCloseable> user) {
        ProtectionDomain pd = fx.device().allocProtectionDomain();
        fx.near().keep(pd);
        int handle = fx.near().keep(user.apply(pd));
        Refusals.assertRefused(Errno.EBUSY, pd::close);
        fx.near().close(handle);
        pd.close();
    }

    @Test
    default void shouldNotSendFromARegionOfAnotherDomain(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region foreign = foreignRegion(fx, Set.of(AccessFlag.LOCAL_WRITE));
        pair.far().postRecv(0, 64);
        pair.near().post(Send.send(1, foreign.part(0, 8)));
        fx.awaitLocalSendError(pair.near(), WcStatus.LOC_PROT_ERR);
    }

    @Test
    default void shouldNotLetAPeerIntoARegionOfAnotherDomain(VerbsFixture fx) {
        Pair pair = fx.rcPair();
        Region foreign = foreignRegion(fx, Set.of(AccessFlag.values()));
        pair.far().post(Send.write(1, pair.far().region().part(0, 8), foreign, 0));
        pair.far().awaitSend(WcStatus.REM_ACCESS_ERR);
    }

    private static Region foreignRegion(VerbsFixture fx, Set<AccessFlag> access) {
        ProtectionDomain other = fx.device().allocProtectionDomain();
        fx.near().keep(other);
        return fx.near().region(other.allocate(4096, access));
    }
}
