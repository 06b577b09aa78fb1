/** The {@code openib} command: starts jobs, shows what there is, measures. */
module io.openib.cli {
    requires com.fasterxml.jackson.core;
    requires HdrHistogram;
    requires info.picocli;
    requires io.openib.btl;
    requires io.openib.mca;
    requires io.openib.runtime;
    requires io.openib.verbs;
    requires io.openib.verbs.testkit;
    requires io.openib.wireup;
    requires io.openib.wireup.testkit;
    requires java.management;
    requires java.xml;
    requires jdk.management;
    requires static org.jspecify;
    requires org.junit.platform.launcher;
    requires me.tongfei.progressbar;
    requires org.slf4j;

    opens io.openib.cli to
            info.picocli;
    opens io.openib.cli.conformance to
            info.picocli,
            org.junit.platform.commons;
    opens io.openib.cli.programs to
            info.picocli;
    opens io.openib.cli.limits to
            info.picocli;

    uses io.openib.verbs.VerbsProvider;
    uses io.openib.wireup.WireupComponent;
}
