package io.openib.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One JSON object on one line. */
public final class JsonLine {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int DECIMALS = 3;

    private final JsonGenerator generator;

    private JsonLine(JsonGenerator generator) {
        this.generator = generator;
    }

    /** What is written into the object. */
    @FunctionalInterface
    public interface Content {
        /** Writes fields. */
        void writeTo(JsonLine line) throws IOException;
    }

    /** The object with this content, without the end of the line. */
    public static String of(Content content) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            JsonLine line = new JsonLine(generator);
            generator.writeStartObject();
            content.writeTo(line);
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // A StringWriter has no such failure.
        }
        return text.toString();
    }

    /** A text, or null. */
    public JsonLine put(String name, @Nullable String value) throws IOException {
        generator.writeStringField(name, value);
        return this;
    }

    /** A whole number. */
    public JsonLine put(String name, long value) throws IOException {
        generator.writeNumberField(name, value);
        return this;
    }

    /** A number with at most three decimals. */
    public JsonLine put(String name, double value) throws IOException {
        generator.writeFieldName(name);
        generator.writeNumber(BigDecimal.valueOf(value)
                .setScale(DECIMALS, RoundingMode.HALF_UP)
                .toPlainString());
        return this;
    }

    /** A truth value. */
    public JsonLine put(String name, boolean value) throws IOException {
        generator.writeBooleanField(name, value);
        return this;
    }

    /** A list of texts. */
    public JsonLine put(String name, List<String> values) throws IOException {
        generator.writeArrayFieldStart(name);
        for (String value : values) {
            generator.writeString(value);
        }
        generator.writeEndArray();
        return this;
    }

    /** An object within the object. */
    public JsonLine put(String name, Content content) throws IOException {
        generator.writeObjectFieldStart(name);
        content.writeTo(this);
        generator.writeEndObject();
        return this;
    }
}
