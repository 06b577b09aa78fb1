package io.openib.cli;

import java.util.List;
import java.util.stream.Stream;

/** The libraries on this command's own class path, which a program may bring in versions of its own. */
final class OwnLibraries {
    /** A class of each, without which nobody has it; of the test kits none, which no program needs when it runs. */
    static final List<String> CLASSES = List.of(
            "com/fasterxml/jackson/core/JsonFactory.class",
            "com/sun/jna/Native.class",
            "com/typesafe/config/Config.class",
            "io/netty/util/concurrent/Future.class",
            "io/openib/btl/Btl.class",
            "io/openib/btl/openib/OpenibComponent.class",
            "io/openib/mca/McaParameters.class",
            "io/openib/runtime/JobRuntime.class",
            "io/openib/verbs/Device.class",
            "io/openib/verbs/jna/JnaVerbsProvider.class",
            "io/openib/verbs/soft/SoftProvider.class",
            "io/openib/wireup/WireupComponent.class",
            "io/openib/wireup/oob/OobComponent.class",
            "io/openib/wireup/rdmacm/RdmaCmComponent.class",
            "me/tongfei/progressbar/ProgressBar.class",
            "net/bytebuddy/ByteBuddy.class",
            "org/HdrHistogram/Histogram.class",
            "org/apiguardian/api/API.class",
            "org/assertj/core/api/Assertions.class",
            "org/jctools/queues/MessagePassingQueue.class",
            "org/jline/terminal/Terminal.class",
            "org/jspecify/annotations/Nullable.class",
            "org/junit/platform/commons/JUnitException.class",
            "org/opentest4j/AssertionFailedError.class",
            "org/slf4j/Logger.class",
            "picocli/CommandLine.class");

    /** What a program sets up our log binding by, where it brings none of its own. */
    private static final String LOG_SETTINGS = "simplelogger.properties";

    private OwnLibraries() {}

    /** Whether a program brings one of them, or settings for one. */
    static boolean isAnyIn(ClassLoader program) {
        return Stream.concat(CLASSES.stream(), Stream.of(LOG_SETTINGS))
                .anyMatch(name -> program.getResource(name) != null);
    }
}
