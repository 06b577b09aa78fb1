package io.openib.btl.openib;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * How far NUMA nodes are from the processors that this process may run on, by what Linux says in {@code /proc} and {@code /sys}. Where it says
 * nothing, all are near.
 */
final class Locality {
    /** The kernel's distance of a node to itself. */
    static final int NEAR = 10;

    private static final String ALLOWED = "Cpus_allowed_list:";

    private final Path root;

    /** {@code root} is where {@code proc} and {@code sys} are. */
    Locality(Path root) {
        this.root = root;
    }

    /**
     * The kernel's distance to a node from the nearest one whose processors this process may use.
     *
     * @param node -1 if it is not known, which is near
     */
    int distance(int node) {
        try {
            return node < 0 ? NEAR : read(node);
        } catch (IOException | RuntimeException e) { // no Linux, or another one
            return NEAR;
        }
    }

    private int read(int node) throws IOException {
        BitSet allowed = allowed();
        List<Integer> nodes = nodes();
        int column = nodes.indexOf(node); // of a table of those that are there
        int least = Integer.MAX_VALUE;
        for (int own : nodes) {
            Path folder = folder().resolve("node" + own);
            if (numbers(Files.readString(folder.resolve("cpulist"))).intersects(allowed)) {
                String[] row =
                        Files.readString(folder.resolve("distance")).strip().split(" +", -1);
                least = Math.min(least, Integer.parseInt(row[column]));
            }
        }
        return least == Integer.MAX_VALUE ? NEAR : least;
    }

    private Path folder() {
        return root.resolve("sys/devices/system/node");
    }

    private BitSet allowed() throws IOException {
        for (String line : Files.readAllLines(root.resolve("proc/self/status"))) {
            if (line.startsWith(ALLOWED)) {
                return numbers(line.substring(ALLOWED.length()));
            }
        }
        throw new IOException("no " + ALLOWED);
    }

    private List<Integer> nodes() throws IOException {
        List<Integer> nodes = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(folder(), "node[0-9]*")) {
            folders.forEach(found ->
                    nodes.add(Integer.parseInt(found.getFileName().toString().substring("node".length()))));
        }
        nodes.sort(null);
        return nodes;
    }

    /** As the kernel writes sets: {@code 0-3,8}. */
    private static BitSet numbers(String list) {
        BitSet numbers = new BitSet();
        for (String part : list.strip().split(",", -1)) {
            if (!part.isEmpty()) { // a node without processors
                String[] ends = part.split("-", -1);
                numbers.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
            }
        }
        return numbers;
    }
}
