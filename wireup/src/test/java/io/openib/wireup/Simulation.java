package io.openib.wireup;

import java.util.PriorityQueue;
import java.util.Random;

/** A clock that stands still while something happens, and a list of what happens when. One thread, one seed. */
final class Simulation {
    private record Event(long atNs, long order, Runnable work) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNs, other.atNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Random random;
    private long nowNs;
    private long order;
    private boolean isOver;

    Simulation(long seed) {
        random = new Random(seed);
    }

    Random random() {
        return random;
    }

    long nowMs() {
        return nowNs / 1_000_000;
    }

    Runnable after(long delayNs, Runnable work) {
        Event event = new Event(nowNs + delayNs, order++, work);
        events.add(event);
        return () -> events.remove(event);
    }

    void runUntilMs(long ms) {
        long endNs = ms * 1_000_000;
        while (!events.isEmpty() && events.peek().atNs <= endNs) {
            step();
        }
        nowNs = Math.max(nowNs, endNs);
    }

    /** Runs one event; false if there is none. */
    boolean step() {
        Event event = events.poll();
        if (event == null) {
            return false;
        }
        nowNs = event.atNs;
        event.work.run();
        return true;
    }

    /** Its control threads say that they are closed. */
    void end() {
        isOver = true;
    }

    /** A control thread of this simulation. */
    ControlExecutor control(Host host) {
        return new ControlExecutor() {
            @Override
            public boolean execute(Runnable work) {
                after(1_000, () -> host.run(work));
                return true;
            }

            @Override
            public Runnable schedule(long delayMs, Runnable work) {
                return after(delayMs * 1_000_000, () -> host.run(work));
            }

            @Override
            public long nanoTime() {
                return nowNs;
            }

            @Override
            public boolean isControlThread() {
                return true;
            }

            @Override
            public boolean isOver() {
                return isOver;
            }
        };
    }

    /** What runs the work of one process, unless that is dead. */
    interface Host {
        void run(Runnable work);
    }
}
