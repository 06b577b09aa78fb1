package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.Gid;
import io.openib.verbs.testkit.PortAddress;
import io.openib.verbs.testkit.QpRef;
import io.openib.verbs.testkit.Region;
import io.openib.verbs.testkit.Wiring;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** A {@link Victim}'s process as its killer sees it. */
final class Condemned implements AutoCloseable {
    private static final long EXIT_S = 20;

    private final Process process;
    private final BufferedReader lines;

    Condemned(Process process) {
        this.process = process;
        this.lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Has it work on a target; gives what was made for it there. */
    Served serve(SharedTarget target, int number) throws IOException {
        String where = lines.readLine();
        assertThat(where).as("where the victim is").matches("[-0-9 ]+");
        long[] its = Victim.numbers(where);
        PortAddress address = target.side().address().withGid(new Gid(its[0], its[1]));
        QpRef qp = target.serve(address, (int) its[2]);
        SharedTarget.Own alone = target.serveAlone(address, (int) its[3]);
        Region memory = target.side().allocate(Victim.BUFFER, Wiring.ALL_ACCESS);
        int[] qps = {qp.number(), alone.number(), target.datagramQp()};
        String orders = Victim.orders(target.side().address(), qps, memory, number) + "\n";
        process.getOutputStream().write(orders.getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
        return new Served(target, qp, alone, memory);
    }

    /** Kills it with SIGKILL as soon as it says that it stands at its fault point. */
    void killAt(String point) throws IOException, InterruptedException {
        assertThat(lines.readLine()).startsWith("soft_fault_point " + point + " reached");
        process.destroyForcibly();
        awaitExit();
        assertThat(process.exitValue()).as("died of SIGKILL").isEqualTo(128 + 9);
    }

    /** Waits for its end in order. */
    void awaitEnd() throws IOException, InterruptedException {
        assertThat(lines.readLine()).isEqualTo("not killed");
        awaitExit();
        assertThat(process.exitValue()).isZero();
    }

    private void awaitExit() throws InterruptedException {
        assertThat(process.waitFor(EXIT_S, TimeUnit.SECONDS)).as("it ends").isTrue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** What the target has for a victim. */
    record Served(SharedTarget target, QpRef qp, SharedTarget.Own alone, Region memory) {
        /** Destroys and deregisters it, which must end whatever the victim died of. */
        void close() {
            target.side().close(qp.handle());
            alone.close();
            target.side().close(memory.handle());
        }
    }
}
