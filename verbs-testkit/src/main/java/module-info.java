/** The contract suite that every device passes: inherited by the tests of each provider of devices. */
module io.openib.verbs.testkit {
    requires transitive io.openib.verbs;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires java.management;
    requires jdk.management;
    requires org.assertj.core;
    requires static transitive org.jspecify;

    exports io.openib.verbs.testkit;
}
