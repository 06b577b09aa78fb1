package io.openib.runtime;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * One PMI-1 message: {@code cmd=NAME key=value key=value} and a line feed. Values hold no blanks; an attribute that is
 * given twice keeps its first value.
 */
final class PmiLine {

    private static final int MAX_ATTRIBUTES = 64;
    private static final String COMMAND_PREFIX = "cmd=";

    private final String command;
    private final Map<String, String> attributes = new LinkedHashMap<>();

    private PmiLine(String command) {
        this.command = command;
    }

    static PmiLine of(String command) {
        return new PmiLine(command);
    }

    /** Reads a line without its line feed. */
    static PmiLine parse(String text) throws PmiFormatException {
        String[] words = text.split(" +", MAX_ATTRIBUTES + 2);
        if (!words[0].startsWith(COMMAND_PREFIX) || words[0].length() == COMMAND_PREFIX.length()) {
            throw new PmiFormatException("a line that does not begin with cmd=");
        }
        if (words.length > MAX_ATTRIBUTES + 1) {
            throw new PmiFormatException("a line with more than " + MAX_ATTRIBUTES + " attributes");
        }
        PmiLine line = new PmiLine(words[0].substring(COMMAND_PREFIX.length()));
        for (int i = 1; i < words.length; i++) {
            line.parseAttribute(words[i]);
        }
        return line;
    }

    private void parseAttribute(String word) {
        int equals = word.indexOf('=');
        if (equals < 0) {
            attributes.putIfAbsent(word, "");
        } else {
            attributes.putIfAbsent(word.substring(0, equals), word.substring(equals + 1));
        }
    }

    /** Adds an attribute to this line. */
    PmiLine with(String key, Object value) {
        attributes.put(key, value.toString());
        return this;
    }

    String command() {
        return command;
    }

    @Nullable
    String value(String key) {
        return attributes.get(key);
    }

    Optional<String> optional(String key) {
        return Optional.ofNullable(attributes.get(key));
    }

    /** An attribute that is a whole number; empty if it is absent or none. */
    OptionalInt number(String key) {
        String value = attributes.get(key);
        if (value == null) {
            return OptionalInt.empty();
        }
        try {
            return OptionalInt.of(Integer.parseInt(value));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    /** What the other side says of its refusal, for messages; a stranger's word is cut short there. */
    String reason() {
        return abbreviated(optional("msg").orElse("no reason given"), 200);
    }

    /** The command, for messages. */
    String commandInShort() {
        return abbreviated(command, 40);
    }

    private static String abbreviated(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "...";
    }

    /** Whether the line carries no return code but zero. */
    boolean isSuccess() {
        return !attributes.containsKey("rc") || number("rc").orElse(-1) == 0;
    }

    /** The line without its line feed. */
    String text() {
        StringBuilder text = new StringBuilder(COMMAND_PREFIX).append(command);
        attributes.forEach(
                (key, value) -> text.append(' ').append(key).append('=').append(value));
        return text.toString();
    }

    byte[] bytes() {
        return (text() + "\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
        return text();
    }
}
