package io.openib.mca;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a parameter, in files that Open MPI reads too, must have been meant for Open MPI alone.
 *
 * @param parameter whose values
 * @param why given a value, says why it cannot be meant for us, as the end of a sentence that begins with "has no effect
 *     here: ", or null
 */
public record OpenMpisAlone<T>(Parameter<T> parameter, Function<? super T, @Nullable String> why) {
    /** The selections that leave none of the components here. */
    public static OpenMpisAlone<ComponentSelection> selections(
            Parameter<ComponentSelection> parameter, ComponentNames here) {
        String all = String.join(", ", here.known());
        return new OpenMpisAlone<>(
                parameter,
                selection -> !all.isEmpty() && selection.leavesNone(here)
                        ? "\"" + selection + "\" leaves none of the " + here.what() + "s here (" + all
                                + "), so it is meant for Open MPI alone"
                        : null);
    }

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
