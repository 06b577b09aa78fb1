package io.openib.mca;

/** What a value must satisfy beyond its type. */
@FunctionalInterface
interface Constraint<T> {
    void verify(T value) throws BadValueException;
}
