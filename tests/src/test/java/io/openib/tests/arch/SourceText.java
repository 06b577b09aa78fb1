package io.openib.tests.arch;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is read from source text because no class file holds it. */
final class SourceText {
    private static final Pattern PUBLIC_TYPE = Pattern.compile(
            "^public (?:(?:final|abstract|sealed|non-sealed|strictfp) )*(?:class|interface|enum|record|@interface) (\\w+)",
            Pattern.MULTILINE);

    private SourceText() {}

    /** The name of a public top-level type that has no Javadoc. */
    static Optional<String> undocumentedPublicType(String source) {
        Matcher type = PUBLIC_TYPE.matcher(source);
        if (!type.find()) {
            return Optional.empty();
        }
        List<String> before = source.substring(0, type.start()).lines().toList();
        int line = before.size() - 1;
        while (line >= 0
                && !before.get(line).isBlank()
                && !before.get(line).strip().endsWith("*/")) {
            line--;
        }
        return line >= 0 && before.get(line).strip().endsWith("*/") ? Optional.empty() : Optional.of(type.group(1));
    }
}
