package io.openib.verbs.jna;

import java.nio.ByteOrder;
import java.util.Locale;

/** Where the layouts were measured. */
final class Platform {
    private Platform() {}

    /**
     * @throws UnsupportedStackException anywhere else
     */
    static void verify() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        boolean isMeasured = os.equals("linux") && (arch.equals("amd64") || arch.equals("x86_64"));
        if (!isMeasured || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedStackException("the layouts of libibverbs were measured on linux amd64 alone, this is "
                    + os + " " + arch + "; use the software device here");
        }
    }
}
