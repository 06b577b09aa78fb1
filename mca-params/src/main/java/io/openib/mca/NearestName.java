package io.openib.mca;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Finds what somebody meant who mistyped a name. */
final class NearestName {
    private NearestName() {}

    /** The known name with the fewest typing errors between it and the given one, if they are few. */
    static Optional<String> of(String name, Collection<String> known) {
        return within(Math.max(2, name.length() / 4), name, known);
    }

    /** The nearest known name that is at most so many typing errors away. */
    static Optional<String> within(int limit, String name, Collection<String> known) {
        return known.stream()
                .map(candidate -> Map.entry(candidate, distance(fold(name), fold(candidate))))
                .filter(entry -> entry.getValue() <= limit)
                .min(Comparator.comparing(Map.Entry<String, Integer>::getValue).thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey);
    }

    /** Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other. */
    static int distance(String from, String to) {
        int[][] cost = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, from, to, i, j);
            }
        }
        return cost[from.length()][to.length()];
    }

    private static int cheapest(int[][] cost, String from, String to, int i, int j) {
        int replaced = cost[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        boolean isSwapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return isSwapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }

    private static String fold(String name) {
        return name.toLowerCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    }
}
