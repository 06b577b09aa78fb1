package io.openib.verbs.jna;

import org.jspecify.annotations.Nullable;

/** The C values of an enum whose constants stand, by contract, in their order from 0. */
final class CodeTable<E extends Enum<E>> {
    private final E[] constants;

    CodeTable(E[] constants) {
        this.constants = constants;
    }

    /** Null for a code that has no constant here. */
    @Nullable
    E find(int code) {
        return code >= 0 && code < constants.length ? constants[code] : null;
    }

    /** The constant of a code, or a stand-in for one that has none here. */
    E orElse(int code, E other) {
        E found = find(code);
        return found == null ? other : found;
    }

    @SuppressWarnings("EnumOrdinal") // the order is the contract
    int code(E constant) {
        return constant.ordinal();
    }
}
