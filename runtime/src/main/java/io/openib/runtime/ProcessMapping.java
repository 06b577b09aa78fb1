package io.openib.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that launchers give under {@code PMI_process_mapping}: {@code (vector,(start,nodes,ppn),...)}. Each block
 * says that {@code nodes} nodes from number {@code start} on take {@code ppn} ranks each; the blocks are gone through
 * again until every rank has a node.
 */
final class ProcessMapping {

    static final String KEY = "PMI_process_mapping";

    private static final Pattern WHOLE = Pattern.compile("\\(vector((?:,\\(\\d{1,9},\\d{1,9},\\d{1,9}\\))++)\\)");
    private static final Pattern BLOCK = Pattern.compile("\\((\\d+),(\\d+),(\\d+)\\)");

    private record Block(int firstNode, int nodes, int ranksPerNode) {

        boolean isFollowedBy(Block next) {
            return next.firstNode() == firstNode + nodes && next.ranksPerNode() == ranksPerNode;
        }
    }

    private ProcessMapping() {}

    /** The mapping of ranks to nodes, where rank {@code i} runs on node {@code nodeOfRank[i]}. */
    static String of(int[] nodeOfRank) {
        StringBuilder text = new StringBuilder("(vector");
        Block open = null;
        for (int from = 0, to; from < nodeOfRank.length; from = to) {
            to = endOfNode(nodeOfRank, from);
            Block next = new Block(nodeOfRank[from], 1, to - from);
            if (open != null && open.isFollowedBy(next)) {
                open = new Block(open.firstNode(), open.nodes() + 1, open.ranksPerNode());
            } else {
                append(open, text);
                open = next;
            }
        }
        append(open, text);
        return text.append(')').toString();
    }

    private static int endOfNode(int[] nodeOfRank, int from) {
        int to = from + 1;
        while (to < nodeOfRank.length && nodeOfRank[to] == nodeOfRank[from]) {
            to++;
        }
        return to;
    }

    private static void append(@Nullable Block block, StringBuilder text) {
        if (block != null) {
            text.append(",(").append(block.firstNode()).append(',').append(block.nodes());
            text.append(',').append(block.ranksPerNode()).append(')');
        }
    }

    /** The node of each rank; empty if the text is not such a mapping, which means no more than unknown. */
    static Optional<int[]> nodeOfRank(String text, int size) {
        Matcher whole = WHOLE.matcher(text);
        if (!whole.matches()) {
            return Optional.empty();
        }
        List<Block> blocks = new ArrayList<>();
        Matcher block = BLOCK.matcher(whole.group(1));
        while (block.find()) {
            Block parsed = new Block(number(block, 1), number(block, 2), number(block, 3));
            if (parsed.nodes() > 0 && parsed.ranksPerNode() > 0) {
                blocks.add(parsed);
            }
        }
        return blocks.isEmpty() ? Optional.empty() : Optional.of(dealOut(blocks, size));
    }

    private static int[] dealOut(List<Block> blocks, int size) {
        int[] nodeOfRank = new int[size];
        int rank = 0;
        while (rank < size) {
            for (Block block : blocks) {
                rank = dealOut(block, nodeOfRank, rank);
            }
        }
        return nodeOfRank;
    }

    private static int dealOut(Block block, int[] nodeOfRank, int firstRank) {
        int rank = firstRank;
        for (int node = 0; node < block.nodes() && rank < nodeOfRank.length; node++) {
            for (int i = 0; i < block.ranksPerNode() && rank < nodeOfRank.length; i++) {
                nodeOfRank[rank++] = block.firstNode() + node;
            }
        }
        return rank;
    }

    private static int number(Matcher block, int group) {
        return Integer.parseInt(block.group(group));
    }
}
