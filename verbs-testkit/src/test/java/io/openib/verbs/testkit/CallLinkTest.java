package io.openib.verbs.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallLinkTest {
    /** What the far end serves. */
    interface Oracle {
        String ask(String question);

        String think() throws IOException;
    }

    private final CountDownLatch thought = new CountDownLatch(1);
    private final ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    private final Socket near = new Socket(server.getInetAddress(), server.getLocalPort());
    private final Socket far = server.accept();
    private final Thread service = new Thread(this::serve, "call-link-test");
    private final CallLink link;
    private final Oracle oracle;

    CallLinkTest() throws IOException {
        service.start();
        link = new CallLink(near.getInputStream(), near.getOutputStream());
        oracle = link.far(Oracle.class);
    }

    @AfterEach
    void endTheService() throws Exception {
        thought.countDown();
        near.close();
        service.join();
        far.close();
        server.close();
    }

    private void serve() {
        Oracle served = new Oracle() {
            @Override
            public String ask(String question) {
                return "yes, " + question;
            }

            @Override
            public String think() throws IOException {
                try {
                    thought.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                throw new IOException("no idea");
            }
        };
        try {
            CallLink.serve(Map.of(Oracle.class, () -> served), far.getInputStream(), far.getOutputStream());
        } catch (IOException e) {
            // the test has closed the socket
        }
    }

    @Test
    void shouldBringWhatTheFarEndThrowsAndGoOn() {
        thought.countDown();
        assertThatThrownBy(oracle::think).isInstanceOf(IOException.class).hasMessage("no idea");
        assertThat(oracle.ask("again")).isEqualTo("yes, again");
    }

    /** The late answer would be the next call's. */
    @Test
    void shouldSayWhyACallHasNoAnswerAndMakeNoFurtherOne() throws Exception {
        near.setSoTimeout(200);
        assertThatThrownBy(oracle::think)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("did not answer")
                .hasMessageContaining("Read timed out")
                .hasMessageContaining("during a call of think");
        thought.countDown();
        assertThatThrownBy(() -> oracle.ask("again"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("no call of ask, since the far end did not answer");
    }

    @Test
    void shouldSayThatTheFarEndHasEnded() throws Exception {
        far.close();
        assertThatThrownBy(() -> oracle.ask("are you there"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("during a call of ask");
    }
}
