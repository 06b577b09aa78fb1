package io.openib.cli.launch;

import io.openib.runtime.JobEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Processes that ranks have started and that outlive them. They are known for the job's by the token in their environment,
 * where there is {@code /proc}, whoever their parent is by now; and as descendants, as long as the rank that they come from
 * lives.
 */
final class Leftovers {
    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final Path PROC = Path.of("/proc");
    private static final int MOST = 1 << 14;
    private static final int ROUNDS = 8;
    private static final long END_WAIT_MS = 1_000;
    private static final long MOST_MS = 5_000;
    private static final int MOST_ENVIRONMENT_BYTES = 1 << 20;

    private final Supplier<Stream<ProcessHandle>> processes;
    private final Set<ProcessHandle> descendants = new LinkedHashSet<>();

    /** @param processes all that descend from this one */
    Leftovers(Supplier<Stream<ProcessHandle>> processes) {
        this.processes = processes;
    }

    /** Before ranks are ended: notes what descends from them. */
    void note(List<RankProcess> ranks) {
        try {
            descendants.addAll(below(ranks));
        } catch (
                RuntimeException
                        e) { // as where no descriptor is left to look with: the ranks must be ended all the same
            LOG.debug("What descends from the ranks is not known", e);
        }
    }

    private List<ProcessHandle> below(List<RankProcess> ranks) {
        Set<Long> living = ranks.stream()
                .filter(RankProcess::isAlive)
                .map(RankProcess::pid)
                .collect(Collectors.toSet());
        if (living.isEmpty()) {
            return List.of();
        }
        try (Stream<ProcessHandle> all = processes.get()) {
            return all.limit(MOST).filter(process -> isBelow(process, living)).toList();
        }
    }

    private static boolean isBelow(ProcessHandle process, Set<Long> ranks) {
        ProcessHandle parent = process.parent().orElse(null);
        while (parent != null && !ranks.contains(parent.pid())) {
            parent = parent.parent().orElse(null);
        }
        return parent != null;
    }

    /**
     * Kills all that is left, when no rank lives any more. What is being started meanwhile is found in another round. Bounded
     * in time: the kernel may keep who asks for a process's environment waiting for as long as that process hangs.
     *
     * @param environment of a rank
     */
    void kill(Map<String, String> environment) {
        Thread killer = new Thread(() -> tryToKillAll(environment), "openib-leftovers");
        killer.setDaemon(true);
        killer.start();
        try {
            killer.join(MOST_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tryToKillAll(Map<String, String> environment) {
        try {
            killAll(environment);
        } catch (RuntimeException e) {
            LOG.warn("What ranks have started may be left behind: {}", e.toString());
        }
    }

    private void killAll(Map<String, String> environment) {
        String mark = '\0'
                + JobEnvironment.TOKEN
                + '='
                + Objects.requireNonNull(environment.get(JobEnvironment.TOKEN))
                + '\0';
        Set<ProcessHandle> killed = new LinkedHashSet<>(descendants);
        descendants.forEach(ProcessHandle::destroyForcibly);
        boolean isAnyLeft = true;
        for (int round = 0; round < ROUNDS && isAnyLeft; round++) {
            // What a nested launcher has started has another token, and so is known by its descent alone.
            List<ProcessHandle> marked = ProcessHandle.allProcesses()
                    .filter(process -> hasInEnvironment(process, mark))
                    .flatMap(process -> Stream.concat(Stream.of(process), process.descendants()))
                    .limit(MOST)
                    .toList();
            marked.forEach(ProcessHandle::destroyForcibly);
            isAnyLeft = killed.addAll(marked);
        }
        awaitEnd(killed);
    }

    /** They are not this process's children: their end shows when whose children they are has taken notice. */
    private static void awaitEnd(Set<ProcessHandle> killed) {
        CompletableFuture<?>[] ends = killed.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(ends)
                .completeOnTimeout(null, END_WAIT_MS, TimeUnit.MILLISECONDS)
                .join();
    }

    /** Those of other users cannot be read, and a zombie has no environment. */
    private static boolean hasInEnvironment(ProcessHandle process, String mark) {
        Path file = PROC.resolve(Long.toString(process.pid())).resolve("environ");
        try (var in = Files.newInputStream(file)) {
            String environment = '\0' + new String(in.readNBytes(MOST_ENVIRONMENT_BYTES), StandardCharsets.ISO_8859_1);
            return environment.contains(mark);
        } catch (IOException e) {
            return false;
        }
    }
}
