package io.openib.btl.openib;

import io.openib.verbs.AsyncEventType;
import io.openib.verbs.Gid;
import io.openib.verbs.GidChoice;
import io.openib.verbs.GidEntry;
import io.openib.verbs.GidType;
import io.openib.verbs.VerbsException;
import io.openib.wireup.QueuePairSettings;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the queue pairs of one port are made with from now on. Which rows of its GID table and of its P_Key table they name is found when
 * the transport opens, and again when the device reports that a table has changed: an address that was taken away and is given back may
 * be in another row. Queue pairs that exist keep theirs. Of the control thread, but for {@link #current()} and {@link #published()}.
 */
final class PortSettings {
    private static final Logger LOG = LoggerFactory.getLogger(PortSettings.class);

    private final OpenPort port;
    private final LaneShapes shapes;
    private final GidEntry published;
    /** Written by the control thread, which makes the queue pairs too; whoever asks a wireup's port reads it. */
    private volatile QueuePairSettings current;

    private boolean hasOtherGids;
    private boolean hasOtherPkeys;

    /**
     * As the parameters and the tables say now.
     *
     * @throws VerbsException if the port cannot be asked, or has not the row that is asked for
     */
    PortSettings(OpenPort port, LaneShapes shapes) {
        this.port = port;
        this.shapes = shapes;
        this.current = shapes.settings(port);
        this.published = port.device().queryGid(port.port(), current.sgidIndex());
    }

    /** For the next queue pairs. Any thread. */
    QueuePairSettings current() {
        return current;
    }

    /** The GID of the beginning: peers are told it, and pair ports by it. Any thread. */
    Gid published() {
        return published.gid();
    }

    /** And its type. Any thread. */
    GidType publishedType() {
        return published.type();
    }

    /** The device reports something of the port; what follows of it is for {@link #renew()}, once for many reports. */
    void onEvent(AsyncEventType type) {
        hasOtherGids |= type == AsyncEventType.GID_CHANGE;
        hasOtherPkeys |= type == AsyncEventType.PKEY_CHANGE;
    }

    /** Finds the rows anew of tables that have changed; where they cannot be read, the rows stay as they are. */
    void renew() {
        if (hasOtherGids) {
            hasOtherGids = false;
            orStay("GID", current.sgidIndex(), this::renewGidIndex);
        }
        if (hasOtherPkeys) {
            hasOtherPkeys = false;
            orStay("P_Key", current.pkeyIndex(), this::renewPkeyIndex);
        }
    }

    private void orStay(String table, int row, Runnable renewal) {
        try {
            renewal.run();
        } catch (VerbsException e) {
            LOG.warn(
                    "{}: its {} table has changed, and new connections go on with row {}: {}",
                    port.place(),
                    table,
                    row,
                    e.getMessage());
        }
    }

    private void renewGidIndex() {
        int old = current.sgidIndex();
        List<GidEntry> table = port.device().queryGidTable(port.port());
        Optional<GidEntry> same = rowOfPublished(table, old);
        if (same.isPresent()) {
            int row = same.get().index();
            if (row != old) {
                use(current.pkeyIndex(), row);
                LOG.info(
                        "{}: new connections use row {} of its GID table, not row {}: {} is there now",
                        port.place(),
                        row,
                        old,
                        published());
            }
            return;
        }
        int row = shapes.gidIndexInstead(port, table, old);
        if (row != old) {
            use(current.pkeyIndex(), row);
            LOG.warn(
                    "{}: new connections use row {} of its GID table, not row {}: no row holds {} any more, which peers were told",
                    port.place(),
                    row,
                    old,
                    published());
        }
    }

    /** That of the same type, since RoCE v1 and v2 do not reach each other; rather none is changed for another as good. */
    private Optional<GidEntry> rowOfPublished(List<GidEntry> table, int old) {
        return table.stream()
                .filter(entry -> entry.index() <= GidChoice.LAST_ROW
                        && entry.type() == published.type()
                        && entry.gid().equals(published.gid()))
                .min(Comparator.<GidEntry>comparingInt(entry -> entry.index() == old ? 0 : 1)
                        .thenComparingInt(GidEntry::index));
    }

    private void renewPkeyIndex() {
        int old = current.pkeyIndex();
        int row = shapes.pkeyIndex(port);
        if (row != old) {
            use(row, current.sgidIndex());
            LOG.info("{}: new connections use row {} of its P_Key table, not row {}", port.place(), row, old);
        }
    }

    private void use(int pkeyIndex, int sgidIndex) {
        current = current.withRows(pkeyIndex, sgidIndex);
    }
}
