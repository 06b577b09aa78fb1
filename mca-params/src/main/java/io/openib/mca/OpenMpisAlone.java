package io.openib.mca;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a parameter, in files that Open MPI reads too, must have been meant for Open MPI alone.
 *
 * @param parameter whose values
 * @param why given a value, says why as the end of a sentence, or null for one that is meant for us
 */
record OpenMpisAlone<T>(Parameter<T> parameter, Function<? super T, @Nullable String> why) {
    /** Why a value does not count; null if it does. */
    @Nullable
    String whyNot(ParameterValue<?> value) {
        if (value.parameter() != parameter || !value.origin().isParameterFile()) {
            return null;
        }
        @SuppressWarnings("unchecked") // It is a value of this very parameter, hence of its type.
        T own = (T) value.value();
        return why.apply(own);
    }
}
