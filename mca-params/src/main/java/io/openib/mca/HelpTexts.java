package io.openib.mca;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The help topics of one module: for each failure that a user can meet, what happened, where, and what to do. They stand
 * in a properties file in UTF-8, a topic each, with fields in braces:
 *
 * <pre>{@code
 * no-such-device = No device is called {device} on {host}. \
 *     Write one of {known} in btl_openib_if_include.
 * }</pre>
 *
 * <p>A module lists its topics as an enum or as constants and compares them with {@link #topics()} in a test. Immutable.
 */
public final class HelpTexts {
    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z][A-Za-z0-9_]*)}");

    private final Map<String, String> templates;

    private HelpTexts(Map<String, String> templates) {
        this.templates = Map.copyOf(templates);
    }

    /**
     * Reads topics, and closes the stream.
     *
     * @param properties the file, as the module's own {@code getResourceAsStream} gives it
     * @throws UncheckedIOException if it cannot be read
     */
    public static HelpTexts read(InputStream properties) {
        Properties texts = new Properties();
        try (InputStreamReader reader = new InputStreamReader(properties, StandardCharsets.UTF_8)) {
            texts.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> templates = new TreeMap<>();
        texts.stringPropertyNames().forEach(topic -> templates.put(topic, texts.getProperty(topic)));
        return new HelpTexts(templates);
    }

    /** Every topic. */
    public Set<String> topics() {
        return templates.keySet();
    }

    /**
     * The fields that a topic's text has.
     *
     * @throws IllegalArgumentException if there is no such topic
     */
    public Set<String> fields(String topic) {
        Set<String> fields = new TreeSet<>();
        Matcher matcher = FIELD.matcher(template(topic));
        while (matcher.find()) {
            fields.add(matcher.group(1));
        }
        return fields;
    }

    /**
     * A topic's text with its fields filled in.
     *
     * @throws IllegalArgumentException if there is no such topic, or the values are not those of exactly its fields
     */
    public String text(String topic, Map<String, ?> values) {
        if (!fields(topic).equals(values.keySet())) {
            throw new IllegalArgumentException(
                    "help topic " + topic + " has the fields " + fields(topic) + ", not " + values.keySet());
        }
        return FIELD.matcher(template(topic))
                .replaceAll(field -> Matcher.quoteReplacement(String.valueOf(values.get(field.group(1)))));
    }

    private String template(String topic) {
        String template = templates.get(topic);
        if (template == null) {
            throw new IllegalArgumentException("there is no help topic " + topic);
        }
        return template;
    }
}
