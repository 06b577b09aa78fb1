package io.openib.btl.openib.fastpath;

import io.openib.verbs.Errno;
import java.util.LinkedHashMap;
import java.util.Map;

/** Lanes whose device took no request, until the next round tells of them. */
final class Refusals {
    private final Map<Lane, Integer> codes = new LinkedHashMap<>();

    void add(Lane lane, int code) {
        if (!lane.isFailed()) {
            codes.putIfAbsent(lane, code);
        }
    }

    boolean isEmpty() {
        return codes.isEmpty();
    }

    void drainTo(FastPath path) {
        Map<Lane, Integer> drained = new LinkedHashMap<>(codes);
        codes.clear();
        drained.forEach((lane, code) -> path.report(lane, "the device refused a request: " + Errno.name(code)));
    }
}
