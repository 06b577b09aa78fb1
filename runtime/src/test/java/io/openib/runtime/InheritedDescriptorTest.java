package io.openib.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A launcher that gives its processes an open socket: {@code PMI_FD}. */
@Timeout(60)
class InheritedDescriptorTest {
    private static final byte[] SECRET = {
        7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9
    };

    private static Map<String, String> environment(int fd) {
        return Map.of("PMI_FD", Integer.toString(fd), "PMI_RANK", "1", "PMI_SIZE", "4");
    }

    /** Answers each line, byte by byte, and then closes; gives what it was asked. */
    private static CompletableFuture<List<String>> serve(int fd, String... answers) {
        return CompletableFuture.supplyAsync(() -> {
            List<String> asked = new ArrayList<>();
            try (InheritedStream launcher = InheritedStream.of(fd)) {
                for (String answer : answers) {
                    asked.add(line(launcher));
                    for (byte one : answer.getBytes(StandardCharsets.US_ASCII)) {
                        launcher.write(new byte[] {one});
                    }
                }
            } catch (IOException e) {
                asked.add(e.toString());
            }
            return asked;
        });
    }

    private static String line(InheritedStream from) throws IOException {
        StringBuilder line = new StringBuilder();
        byte[] one = new byte[1];
        while (from.read(one) > 0 && one[0] != '\n') {
            line.append((char) one[0]);
        }
        return line.toString();
    }

    private static final String[] JOINED = {
        "cmd=response_to_init pmi_version=1 pmi_subversion=1 rc=0\n",
        "cmd=maxes kvsname_max=256 keylen_max=64 vallen_max=1024\n",
        "cmd=my_kvsname kvsname=kvs_77_0\n",
        "cmd=get_result rc=0 msg=success value=(vector,(0,1,4))\n",
        "cmd=barrier_out\n",
        "cmd=get_result rc=0 value=" + ValueChunks.encode(SECRET, 1023).get(0) + "\n"
    };

    private static String[] joinedAnd(String... more) {
        List<String> all = new ArrayList<>(List.of(JOINED));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void shouldJoinTheJobAtTheOtherEnd() throws Exception {
        int[] fds = SocketPair.open();
        CompletableFuture<List<String>> launcher =
                serve(fds[1], joinedAnd("cmd=barrier_out\n", "cmd=finalize_ack rc=0\n"));
        try (JobRuntime runtime = Launchers.open(environment(fds[0]), Ranks.parameters())) {
            assertThat(runtime.rank()).isEqualTo(1);
            assertThat(runtime.size()).isEqualTo(4);
            assertThat(runtime.jobId()).isEqualTo("kvs_77_0");
            assertThat(runtime.launcher()).contains("descriptor " + fds[0]);
            assertThat(runtime.locality().isEveryRankHere()).isTrue();
            assertThat(runtime.jobSecret()).as("what rank 0 has put").contains(SECRET);
            runtime.fence(Ranks.FENCE_MS);
        }
        assertThat(launcher.get(20, TimeUnit.SECONDS))
                .containsExactly(
                        "cmd=init pmi_version=1 pmi_subversion=1",
                        "cmd=get_maxes",
                        "cmd=get_my_kvsname",
                        "cmd=get kvsname=kvs_77_0 key=PMI_process_mapping",
                        "cmd=barrier_in",
                        "cmd=get kvsname=kvs_77_0 key=openib/0/job-secret",
                        "cmd=barrier_in",
                        "cmd=finalize");
    }

    @Test
    void shouldTellThatTheLauncherIsGone() throws Exception {
        int[] fds = SocketPair.open();
        CompletableFuture<List<String>> launcher = serve(fds[1], joinedAnd());
        try (JobRuntime runtime = Launchers.open(environment(fds[0]), Ranks.parameters())) {
            CompletableFuture<OpenibRuntimeException> lost = new CompletableFuture<>();
            runtime.onLauncherLost(lost::complete);
            assertThat(lost.get(20, TimeUnit.SECONDS).failure()).isEqualTo(RuntimeFailure.CONNECTION_LOST);
            assertThatThrownBy(() -> runtime.fence(Ranks.FENCE_MS)).hasMessageContaining("descriptor " + fds[0]);
        }
        assertThat(launcher.get(20, TimeUnit.SECONDS)).hasSize(JOINED.length);
    }

    @Test
    void shouldCloseWhileItsThreadWaitsForTheLauncher() throws Exception {
        int[] fds = SocketPair.open();
        InheritedStream mine = InheritedStream.of(fds[0]);
        InheritedStream launchers = InheritedStream.of(fds[1]);
        CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> {
            try {
                return mine.read(new byte[10]);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        mine.close();
        assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
        assertThat(launchers.read(new byte[1])).isEqualTo(-1);
        assertThatThrownBy(() -> mine.write(new byte[1])).isInstanceOf(IOException.class);
        mine.close();
        launchers.close();
    }

    /** More than a socket holds, so that the writer waits for the reader again and again. */
    @Test
    void shouldWaitForASocketThatItsLauncherMadeNonBlocking() throws Exception {
        int[] fds = SocketPair.nonBlocking();
        byte[] sent = new byte[4 << 20];
        new Random(7).nextBytes(sent);
        try (InheritedStream mine = InheritedStream.of(fds[0]);
                InheritedStream launchers = InheritedStream.of(fds[1])) {
            CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> read(launchers, sent.length));
            mine.write(sent);
            assertThat(read.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
        }
    }

    private static byte[] read(InheritedStream from, int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[1000];
        try {
            while (all.size() < count) {
                all.write(some, 0, from.read(some));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toByteArray();
    }

    @Test
    void shouldCloseWhileAWriterWaitsForALauncherThatDoesNotRead() throws Exception {
        int[] fds = SocketPair.open();
        InheritedStream mine = InheritedStream.of(fds[0]);
        try (InheritedStream launchers = InheritedStream.of(fds[1])) {
            CompletableFuture<String> write = CompletableFuture.supplyAsync(() -> {
                try {
                    mine.write(new byte[4 << 20]);
                    return "written";
                } catch (IOException e) {
                    return String.valueOf(e.getMessage());
                }
            });
            // Its first byte is here: it is in the call, and four million more do not fit.
            assertThat(launchers.read(new byte[1])).isEqualTo(1);
            mine.close();
            assertThat(write.get(20, TimeUnit.SECONDS)).startsWith("send: ");
        }
    }

    @Test
    void shouldTellThatTheDescriptorIsNotOpen() {
        assertThatThrownBy(() -> Launchers.open(environment(9_999), Ranks.parameters()))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.UNREACHABLE))
                .hasMessageContaining("descriptor 9999 that PMI_FD names")
                .hasMessageContaining("between the launcher and this process")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void shouldTellThatTheDescriptorIsNoSocket() {
        assertThatThrownBy(() -> Launchers.open(environment(0), Ranks.parameters()))
                .isInstanceOfSatisfying(OpenibRuntimeException.class, e -> assertThat(e.failure())
                        .isEqualTo(RuntimeFailure.UNREACHABLE));
    }
}
