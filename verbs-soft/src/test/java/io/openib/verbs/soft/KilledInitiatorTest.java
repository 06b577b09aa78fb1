package io.openib.verbs.soft;

import static org.assertj.core.api.Assertions.assertThat;

import io.openib.verbs.testkit.End;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Producers die of SIGKILL at each of the device's fault points, while another one goes on. Each kill is of a process of its
 * own, which stands at its point and has said so when the signal comes. {@code -Dopenib.soft.kills=N} says how many, {@code
 * -Dopenib.soft.seed=S} in which order.
 */
@Timeout(value = 600, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledInitiatorTest {
    private static final int KILLS = Integer.getInteger("openib.soft.kills", 500);

    /** More than the usual cores, since those that are to die start while others are served. */
    private static final int AT_ONCE = 4;

    private static final int PASSAGES = 7;

    /** A process claims one inbox of the target's directory. */
    private static final Set<String> ONCE =
            Set.of(FaultPoint.INBOX_MARKED.parameterName(), FaultPoint.INBOX_CLAIMED.parameterName());

    private final Map<String, Integer> killed = new ConcurrentHashMap<>();

    private final VictimJvm jvm;

    KilledInitiatorTest(@TempDir Path folder) throws IOException {
        jvm = new VictimJvm(folder);
    }

    @AfterEach
    void endVictims() {
        jvm.close();
    }

    @Test
    void shouldHarmNobodyWhereverItIsKilled() throws Exception {
        long seed = Long.getLong("openib.soft.seed", System.nanoTime());
        System.out.println("openib.soft.seed " + seed);
        try (SharedTarget target = new SharedTarget(new SoftEthernet());
                Survivor survivor = new Survivor(target)) {
            train(target);
            ExecutorService killers = Executors.newFixedThreadPool(AT_ONCE);
            try {
                List<Future<?>> kills = new ArrayList<>();
                for (String where : places(new Random(seed))) {
                    int number = kills.size() + 2;
                    kills.add(killers.submit(() -> kill(target, where, number)));
                }
                for (Future<?> kill : kills) {
                    long before = target.fromSurvivor();
                    kill.get(2 * End.WAIT_MS, TimeUnit.MILLISECONDS);
                    survivor.awaitMore(before);
                }
            } finally {
                killers.shutdownNow();
            }
            System.out.println("killed at each step: " + new TreeMap<>(killed));
            target.forgetUsedSlots();
            survivor.awaitEverySlotUsed();
            target.awaitPeers(1);
            assertThat(target.complaints()).isEmpty();
        }
        assertThat(killed.keySet()).as("every step").containsExactlyInAnyOrderElementsOf(FaultPoint.parameterNames());
        assertThat(killed.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(KILLS);
    }

    /** Every receive is posted, so that the one that is taken back needs the place of its own claim, which nobody has passed. */
    @Test
    void shouldPassOverTheClaimOfWhoDiedBeforeAnybodyCame() throws Exception {
        try (SharedTarget target = new SharedTarget(new SoftEthernet())) {
            kill(target, FaultPoint.MARKED.parameterName() + ":1", 1);
            target.awaitPeers(0);
            try (Survivor survivor = new Survivor(target)) {
                survivor.awaitEverySlotUsed();
            }
            assertThat(target.complaints()).isEmpty();
        }
    }

    /** As many for each step, each at one of its first passages, in an order by chance. */
    private static List<String> places(Random random) {
        List<String> points = FaultPoint.parameterNames();
        List<String> places = new ArrayList<>();
        for (int kill = 0; kill < KILLS; kill++) {
            String point = points.get(kill % points.size());
            places.add(point + ":" + (ONCE.contains(point) ? 1 : 1 + random.nextInt(PASSAGES)));
        }
        Collections.shuffle(places, random);
        return places;
    }

    /** One that nobody kills shows which classes the others will need. */
    private void train(SharedTarget target) throws IOException, InterruptedException {
        try (Condemned spared = new Condemned(jvm.startTraining(Victim.class, ""))) {
            Condemned.Served served = spared.serve(target, 1);
            spared.awaitEnd();
            served.close();
        }
    }

    private Object kill(SharedTarget target, String where, int number) throws Exception {
        String point = where.replaceFirst(":.*", "");
        try (Condemned condemned = new Condemned(jvm.start(Victim.class, where))) {
            Condemned.Served served = condemned.serve(target, number);
            condemned.killAt(point);
            served.close();
            return killed.merge(point, 1, Integer::sum);
        }
    }
}
