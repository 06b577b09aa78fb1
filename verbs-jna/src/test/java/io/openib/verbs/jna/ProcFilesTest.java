package io.openib.verbs.jna;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is read of this process in {@code /proc}. */
@Timeout(60)
class ProcFilesTest {
    @Test
    void shouldTellCodeFromData() {
        MemoryMap map = MemoryMap.parse(
                """
                7f0000001000-7f0000002000 r-xp 00000000 fe:00 77 /usr/lib/libibverbs.so.1.14.44.0
                7f0000002000-7f0000003000 rw-p 00001000 fe:00 77 /usr/lib/with a space.so
                7f0000003000-7f0000004000 r-xp 00000000 fe:00 78 /usr/lib/librxe-rdmav34.so (deleted)
                7f0000004000-7f0000005000 r-xp 00000000 00:00 0
                ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
                """);
        assertThat(map.codeAt(0x7f0000001fffL)).contains("/usr/lib/libibverbs.so.1.14.44.0");
        assertThat(map.codeAt(0x7f0000002000L)).isEmpty();
        assertThat(map.codeAt(0x7f0000003000L)).contains("/usr/lib/librxe-rdmav34.so");
        assertThat(map.codeAt(0x7f0000004000L)).isEmpty();
        assertThat(map.codeAt(0x7f0000005000L)).isEmpty();
        assertThat(map.codeAt(0xffffffffff600000L)).isEmpty();
        assertThat(map.fileAt(0x7f0000001000L)).contains("/usr/lib/libibverbs.so.1.14.44.0");
        assertThat(map.fileAt(0x7f0000002000L)).contains("/usr/lib/with a space.so");
        assertThat(map.fileAt(0xffffffffff600000L)).isEmpty();
    }

    @Test
    void shouldNameTheRemedyForALowLimit() {
        String limits =
                """
                Limit                     Soft Limit           Hard Limit           Units
                Max locked memory         65536                65536                bytes
                """;
        MemoryLockLimit low = MemoryLockLimit.parse(limits);
        assertThat(low.isLow()).isTrue();
        assertThat(low.remedy()).contains("64 KiB", "ulimit -l");
        assertThat(MemoryLockLimit.parse(limits.replace("65536", "unlimited")).isLow())
                .isFalse();
    }
}
