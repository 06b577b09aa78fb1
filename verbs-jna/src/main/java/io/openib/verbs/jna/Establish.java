package io.openib.verbs.jna;

/** What librdmacm exports since version 23. */
interface Establish {
    int establish(long id);
}
