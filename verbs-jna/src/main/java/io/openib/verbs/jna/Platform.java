package io.openib.verbs.jna;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The processors whose layouts are known, named as {@code os.arch} names them, on Linux with glibc. What differs between
 * them stands here: everything else that is read or written lies before a mutex, or in a struct without one.
 */
enum Platform {
    AMD64(40),
    AARCH64(48);

    /** {@code sizeof(pthread_mutex_t)}. */
    final int mutexBytes;

    Platform(int mutexBytes) {
        this.mutexBytes = mutexBytes;
    }

    /**
     * @throws UnsupportedStackException anywhere else
     */
    static void verify() {
        here();
    }

    /**
     * The one that this is.
     *
     * @throws UnsupportedStackException if it is none of them
     */
    static Platform here() {
        return of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""), ByteOrder.nativeOrder());
    }

    static Platform of(String osName, String osArch, ByteOrder order) {
        String os = osName.toLowerCase(Locale.ROOT);
        String arch = osArch.toLowerCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(known -> os.equals("linux") && known.isCalled(arch) && order == ByteOrder.LITTLE_ENDIAN)
                .findFirst()
                .orElseThrow(() -> new UnsupportedStackException("the layouts of libibverbs are known on linux "
                        + Arrays.stream(values()).map(Platform::osArch).collect(Collectors.joining(" and "))
                        + " alone, this is " + os + " " + arch + ", " + order + "; use the software device here"));
    }

    private boolean isCalled(String arch) {
        return arch.equals(osArch()) || (this == AMD64 && arch.equals("x86_64"));
    }

    private String osArch() {
        return name().toLowerCase(Locale.ROOT);
    }
}
