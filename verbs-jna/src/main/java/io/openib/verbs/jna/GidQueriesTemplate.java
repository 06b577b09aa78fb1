package io.openib.verbs.jna;

/** {@link GidQueries} by JNA, see {@link NativeBinding}. */
final class GidQueriesTemplate implements GidQueries {
    @Override
    public native int queryGidEx(long context, int port, int index, long entry, int flags, long entryBytes);

    @Override
    public native long queryGidTable(long context, long entries, long maxEntries, int flags, long entryBytes);
}
