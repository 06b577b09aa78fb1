package io.openib.verbs.soft.cm;

import static io.openib.verbs.soft.cm.CmSide.parameters;
import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.cm.CmEvent;
import io.openib.verbs.cm.CmEventType;
import io.openib.verbs.cm.CmId;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Both sides connect at once with the queue pair that they mean to use. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class CmCrossingTest {
    private static final int WINNERS_QP = 100;
    private static final int LOSERS_QP = 200;

    private final CmSide winner = new CmSide(1);
    private final CmSide loser = new CmSide(2);
    private CmId winnersRequest;
    private CmId losersRequest;
    private CmId atWinner;
    private CmId atLoser;

    @BeforeEach
    void cross() throws InterruptedException {
        CmId winnersListener = winner.listen();
        CmId losersListener = loser.listen();
        winnersRequest = winner.resolved(losersListener);
        losersRequest = loser.resolved(winnersListener);
        winnersRequest.connect(parameters(WINNERS_QP));
        losersRequest.connect(parameters(LOSERS_QP));
        atWinner = winner.expect(CmEventType.CONNECT_REQUEST).id();
        atLoser = loser.expect(CmEventType.CONNECT_REQUEST).id();
    }

    @AfterEach
    void close() {
        winner.close();
        loser.close();
    }

    @Test
    void shouldConnectOnceTheWinnerHasRejectedTheCrossedRequest() throws InterruptedException {
        atWinner.reject(new byte[] {1});
        assertThat(loser.expect(CmEventType.REJECTED, losersRequest).status()).isEqualTo(CmEvent.REJECT_CONSUMER);
        atLoser.accept(parameters(LOSERS_QP));
        winner.expect(CmEventType.CONNECT_RESPONSE, winnersRequest);
        winnersRequest.establish();
        loser.expect(CmEventType.ESTABLISHED, atLoser);
    }

    @Test
    void shouldTellTheLoserStaleWhenItAcceptsTooEarly() throws InterruptedException {
        atLoser.accept(parameters(LOSERS_QP));
        CmEvent rejected = loser.expect(CmEventType.REJECTED, atLoser);
        assertThat(rejected.status()).isEqualTo(CmEvent.REJECT_STALE_CONNECTION);
        winner.expectNothing();
    }
}
