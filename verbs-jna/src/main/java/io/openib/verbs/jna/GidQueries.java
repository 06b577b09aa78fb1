package io.openib.verbs.jna;

/** What libibverbs exports since version 32 under {@code _ibv_} names: GIDs with their type. */
interface GidQueries {
    int queryGidEx(long context, int port, int index, long entry, int flags, long entryBytes);

    long queryGidTable(long context, long entries, long maxEntries, int flags, long entryBytes);
}
