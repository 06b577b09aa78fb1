package io.openib.verbs.jna;

/**
 * The calls of the hot path, which libibverbs does not export: they go through the function pointers of one context's ops
 * table. Everything is a raw address; results are the C functions' own.
 */
interface HotCalls {
    int postSend(long qp, long wr, long badWr);

    int postRecv(long qp, long wr, long badWr);

    int postSrqRecv(long srq, long wr, long badWr);

    int pollCq(long cq, int count, long wcs);

    int reqNotifyCq(long cq, int isSolicitedOnly);
}
