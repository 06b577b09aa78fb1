package io.openib.verbs.soft;

/** What asynchronous events are about. */
interface RaisesEvents {
    /** Whether it is closed: no event names it any more. */
    boolean isClosed();
}
