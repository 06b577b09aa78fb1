package io.openib.verbs.jna;

import io.openib.verbs.Gid;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** GIDs with their type: from libibverbs, or before version 32 from sysfs. */
final class GidTable {
    private static final int ENODATA = 61;

    /** One query gives the rows of all ports that are not empty; the kernel takes no buffer of 64 KiB or more. */
    private static final long MOST_PORTS = 4;

    private static final long MOST_ENTRIES = 0xffff / GidEntryLayout.BYTES;

    private final VerbsContext context;

    GidTable(VerbsContext context) {
        this.context = context;
    }

    GidEntry entry(String place, int port, int index, int tableLength) {
        String row = place + " index " + index;
        if (index < 0 || index >= tableLength) {
            throw Failures.invalid("ibv_query_gid", row, "the table has rows 0 to " + (tableLength - 1));
        }
        GidQueries queries = context.library().gidQueries();
        return queries == null ? fromSysfs(row, port, index) : fromLibrary(queries, row, port, index);
    }

    private GidEntry fromLibrary(GidQueries queries, String row, int port, int index) {
        NativeMemory entry = NativeMemory.ofBytes(GidEntryLayout.BYTES);
        int result = queries.queryGidEx(context.address(), port, index, entry.address(), 0, GidEntryLayout.BYTES);
        if (result == ENODATA) {
            return new GidEntry(Gid.ZERO, index, port, GidType.IB);
        }
        Failures.check(result, "ibv_query_gid_ex", row);
        return GidEntryLayout.read(entry.bytes(), 0);
    }

    private GidEntry fromSysfs(String row, int port, int index) {
        NativeMemory gid = NativeMemory.ofBytes(Gid.BYTES);
        int result = context.ibv().queryGid(context.address(), port, index, gid.address());
        Failures.check(result, "ibv_query_gid", row);
        return new GidEntry(GidEntryLayout.gid(gid.bytes(), 0), index, port, typeInSysfs(port, index));
    }

    private GidType typeInSysfs(int port, int index) {
        Path file = KernelDevices.SYSFS
                .folder()
                .resolve(context.deviceName())
                .resolve("ports/" + port + "/gid_attrs/types/" + index);
        try {
            return Files.readString(file, StandardCharsets.US_ASCII).contains("v2") ? GidType.ROCE_V2 : GidType.IB;
        } catch (IOException e) {
            return GidType.IB; // an empty row has no type
        }
    }

    /** The rows that are not empty. */
    List<GidEntry> entries(String place, int port, int tableLength) {
        GidQueries queries = context.library().gidQueries();
        List<GidEntry> found = new ArrayList<>();
        if (queries == null) {
            for (int index = 0; index < tableLength; index++) {
                found.add(entry(place, port, index, tableLength));
            }
        } else {
            int room = (int) Math.min(tableLength * MOST_PORTS, MOST_ENTRIES);
            NativeMemory table = NativeMemory.ofBytes(room * GidEntryLayout.BYTES);
            long count = queries.queryGidTable(context.address(), table.address(), room, 0, GidEntryLayout.BYTES);
            if (count < 0) {
                throw Failures.of("ibv_query_gid_table", place, (int) -count);
            }
            for (int row = 0; row < count; row++) {
                found.add(GidEntryLayout.read(table.bytes(), row * GidEntryLayout.BYTES));
            }
        }
        return found.stream()
                .filter(entry -> entry.port() == port && !entry.gid().equals(Gid.ZERO))
                .sorted(Comparator.comparingInt(GidEntry::index))
                .toList();
    }
}
