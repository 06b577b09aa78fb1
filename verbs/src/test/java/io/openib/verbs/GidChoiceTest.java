package io.openib.verbs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class GidChoiceTest {
    @Test
    void shouldChooseTheGidByItsWay() throws Exception {
        List<GidEntry> table = new ArrayList<>();
        String[] addresses = {"fe80::1", "127.0.0.1", "fd00::5", "10.1.2.3", "10.1.2.4"};
        for (String address : addresses) {
            Gid gid = Gid.of(InetAddress.getByName(address));
            table.add(new GidEntry(gid, table.size(), 1, GidType.ROCE_V1));
            table.add(new GidEntry(gid, table.size(), 1, GidType.ROCE_V2));
        }
        int[] order = {7, 9, 5, 3, 1, 6, 8, 4, 2, 0};
        for (int row : order) {
            assertThat(GidChoice.of(table, LinkLayer.ETHERNET))
                    .map(GidEntry::index)
                    .contains(row);
            table.removeIf(entry -> entry.index() == row);
        }
        assertThat(GidChoice.of(table, LinkLayer.ETHERNET)).isEmpty();
        assertThat(GidChoice.of(List.of(), LinkLayer.INFINIBAND)).isEmpty();
    }

    @Test
    void shouldTakeTheFirstRowOfAnInfinibandPort() {
        List<GidEntry> table = List.of(
                new GidEntry(new Gid(0xfe80L << 48, 1), 0, 1, GidType.IB),
                new GidEntry(new Gid(0xfdL << 56, 2), 1, 1, GidType.IB));
        assertThat(GidChoice.of(table, LinkLayer.INFINIBAND))
                .map(GidEntry::index)
                .contains(0);
    }

    /** An address vector names a row by a byte; a host with many virtual networks has longer tables. */
    @Test
    void shouldChooseARowThatAnAddressVectorCanName() throws Exception {
        Gid best = Gid.of(InetAddress.getByName("10.1.2.3"));
        Gid next = Gid.of(InetAddress.getByName("fd00::5"));
        List<GidEntry> table =
                List.of(new GidEntry(next, 255, 1, GidType.ROCE_V2), new GidEntry(best, 256, 1, GidType.ROCE_V2));
        assertThat(GidChoice.of(table, LinkLayer.ETHERNET)).map(GidEntry::index).contains(255);
        assertThat(GidChoice.of(table.subList(1, 2), LinkLayer.ETHERNET)).isEmpty();
    }
}
