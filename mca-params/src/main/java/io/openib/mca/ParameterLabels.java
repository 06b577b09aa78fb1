package io.openib.mca;

import java.util.List;

/**
 * What an enum used by {@link Parameter#enumeration} implements when its constants are written otherwise than their
 * lower-case names, such as {@code 256B}.
 */
public interface ParameterLabels {
    /** The accepted spellings, at least one; the first is the one that is shown. Case does not matter. */
    List<String> labels();
}
