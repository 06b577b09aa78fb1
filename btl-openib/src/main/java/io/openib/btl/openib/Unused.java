package io.openib.btl.openib;

import io.openib.verbs.VerbsProvider;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A provider, device or port that is not used.
 *
 * @param exclusivity of its provider
 * @param text what and why, one sentence
 * @param isTrouble whether something is wrong: nobody has left it out, and it is not just absent
 */
record Unused(int exclusivity, String text, boolean isTrouble) {
    static Unused trouble(VerbsProvider provider, String text) {
        return new Unused(provider.exclusivity(), text, true);
    }

    static Unused asExpected(VerbsProvider provider, String text) {
        return new Unused(provider.exclusivity(), text, false);
    }

    static String texts(List<Unused> all) {
        return all.stream().map(Unused::text).collect(Collectors.joining("; "));
    }
}
