package io.openib.cli;

import java.util.List;

/** The libraries on this command's own class path, which a program may bring in versions of its own. */
final class OwnLibraries {
    /** A class of each, without which nobody has it. */
    static final List<String> CLASSES = List.of(
            "com/fasterxml/jackson/core/JsonFactory.class",
            "com/sun/jna/Native.class",
            "com/typesafe/config/Config.class",
            "io/netty/util/concurrent/Future.class",
            "io/openib/btl/Btl.class",
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

    private OwnLibraries() {}

    /** Whether a program brings one of them. */
    static boolean isAnyIn(ClassLoader program) {
        return CLASSES.stream().anyMatch(name -> program.getResource(name) != null);
    }
}
