package io.openib.wireup;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Processes and the network between them, which loses, repeats and reorders as it is told. */
final class SimulatedJob {
    final Simulation simulation;
    final Map<Long, FakeDevice.Qp> fabric = new HashMap<>();
    final List<SimulatedProcess> processes = new ArrayList<>();
    private final List<Runnable> recorded = new ArrayList<>();
    final int size;
    int maxAttempts = 64;
    double loss;
    double duplication;
    long maxDelayMs = 1;
    int sent;
    int lost;
    int repeated;
    /** Called before each message is handed over, with its number. */
    Runnable onMessage = () -> {};

    SimulatedJob(long seed, int size) {
        simulation = new Simulation(seed);
        this.size = size;
    }

    SimulatedJob maxAttempts(int value) {
        maxAttempts = value;
        return this;
    }

    SimulatedProcess start(int rank) {
        return start(rank, 1, SimulatedProcess.configuration("P,128,256,192,128"));
    }

    SimulatedProcess start(int rank, long generation, EffectiveConfiguration configuration) {
        SimulatedProcess process = new SimulatedProcess(this, rank, generation, configuration);
        leadTo(process);
        return process;
    }

    /** Of processes with one rank, or ports of a process, the network leads to this one from now on. */
    void leadTo(SimulatedProcess process) {
        processes.removeIf(old -> old.name().equals(process.name()));
        processes.add(process);
    }

    void send(PeerName from, PeerName to, byte[] message) {
        sent++;
        recorded.add(() -> deliver(to, message));
        if (simulation.random().nextDouble() < loss) {
            lost++;
            return;
        }
        deliver(to, message);
        if (simulation.random().nextDouble() < duplication) {
            repeated++;
            deliver(to, message);
        }
    }

    /** Says everything again that was ever sent. */
    void replay() {
        List.copyOf(recorded).forEach(Runnable::run);
    }

    private void deliver(PeerName to, byte[] message) {
        long delayNs = 10_000 + (long) (simulation.random().nextDouble() * maxDelayMs * 1_000_000);
        simulation.after(delayNs, () -> processes.stream()
                .filter(process -> process.name().equals(to))
                .findFirst()
                .ifPresent(process -> {
                    onMessage.run();
                    process.run(() -> process.handshakes.onMessage(decode(process, message)));
                }));
    }

    private static HandshakeMessage decode(SimulatedProcess process, byte[] message) {
        try {
            return process.handshakes.codec().decode(message);
        } catch (HandshakeFormatException e) {
            throw new AssertionError(e);
        }
    }
}
