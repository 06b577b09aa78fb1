package io.openib.cli.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The archive of classes that ranks map instead of reading and verifying them anew, which is half of what a start costs. The
 * script {@code openib} has it made, once a build and Java, and says where it is. Java itself sees whether it fits, and goes
 * without a word on without one that does not.
 */
final class ClassArchive {
    /** Where it is; the property is the script's. */
    static final String USE = "openib.archive";

    /** Where rank 0 is to leave one; the property is the script's. */
    static final String MAKE = "openib.archive.make";

    private ClassArchive() {}

    /** What a rank's virtual machine is told; it has a class path that begins with ours. */
    static List<String> options(int rank) {
        String wanted = System.getProperty(MAKE);
        if (wanted != null) {
            return rank == 0 ? List.of("-XX:ArchiveClassesAtExit=" + wanted) : List.of();
        }
        String made = System.getProperty(USE);
        if (made == null || !Files.isReadable(Path.of(made))) {
            return List.of();
        }
        List<String> options = List.of("-XX:SharedArchiveFile=" + made, "-Xshare:auto");
        // That an archive does not fit is no news to anybody.
        return UserJavaOptions.chooseLog()
                ? options
                : Stream.concat(options.stream(), Stream.of("-Xlog:disable")).toList();
    }
}
