package io.openib.mca;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How values of one type are read and written: {@code parser} undoes what {@code formatter} does.
 *
 * @param order compares values where a range makes sense
 * @param choices the accepted words, if they can be listed
 */
record ValueType<T>(
        String name,
        Parser<T> parser,
        Function<T, String> formatter,
        @Nullable Comparator<T> order,
        List<String> choices) {

    @FunctionalInterface
    interface Parser<T> {
        T parse(String text) throws BadValueException;
    }

    /** The same type, where the empty text means that there is no value. */
    ValueType<Optional<T>> asOptional() {
        return new ValueType<>(
                name,
                text -> text.isEmpty() ? Optional.empty() : Optional.of(parser.parse(text)),
                value -> value.map(formatter).orElse(""),
                null,
                choices);
    }
}
