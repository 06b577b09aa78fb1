package io.openib.cli.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The cores that this process may use, and the tool that binds a process to one. A core may be several processors: hardware threads. */
final class Cores {
    private static final Path TOPOLOGY = Path.of("/sys/devices/system/cpu");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String ALLOWED = "Cpus_allowed_list:";

    private Cores() {}

    /**
     * Where each of some ranks is bound, as {@code taskset} takes it: to all processors of a core of its own; where there are
     * only processors enough, to one of its own, and two of a core are shared by two ranks only then.
     *
     * @return empty if there are fewer processors than ranks, or the system does not tell
     */
    static List<String> places(int ranks) {
        return places(byCore(allowed(), TOPOLOGY), ranks);
    }

    static List<String> places(List<List<Integer>> cores, int ranks) {
        if (cores.size() >= ranks) {
            return cores.stream().limit(ranks).map(Cores::print).toList();
        }
        int most = cores.stream().mapToInt(List::size).max().orElse(0);
        List<String> places = IntStream.range(0, most)
                .boxed()
                .flatMap(turn -> cores.stream()
                        .filter(core -> turn < core.size())
                        .map(core -> core.get(turn).toString()))
                .limit(ranks)
                .toList();
        return places.size() < ranks ? List.of() : places;
    }

    private static String print(List<Integer> core) {
        return core.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** Processors by the core that they are threads of; each is one where the system does not tell. */
    static List<List<Integer>> byCore(List<Integer> processors, Path topology) {
        Map<String, List<Integer>> cores = new LinkedHashMap<>();
        for (int processor : processors) {
            cores.computeIfAbsent(siblings(processor, topology), core -> new ArrayList<>())
                    .add(processor);
        }
        return List.copyOf(cores.values());
    }

    private static String siblings(int processor, Path topology) {
        try {
            return Files.readString(topology.resolve("cpu" + processor + "/topology/thread_siblings_list"))
                    .strip();
        } catch (IOException e) {
            return Integer.toString(processor);
        }
    }

    /** The numbers of the allowed processors; empty where the system does not tell. */
    static List<Integer> allowed() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(ALLOWED))
                    .findFirst()
                    .map(line -> parse(line.substring(ALLOWED.length()).strip()))
                    .orElse(List.of());
        } catch (IOException | NumberFormatException e) {
            return List.of();
        }
    }

    /** Reads a list such as {@code 0-3,8}. */
    static List<Integer> parse(String list) {
        List<Integer> cores = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            int dash = part.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
            int last = Integer.parseInt(part.substring(dash + 1));
            for (int core = first; core <= last; core++) {
                cores.add(core);
            }
        }
        return cores;
    }

    /** The {@code taskset} command, if there is one. */
    static Optional<Path> taskset() {
        return Executables.find("taskset");
    }
}
