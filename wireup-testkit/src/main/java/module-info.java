/** The contract suite that every wireup passes: inherited by the tests of each scheme, ours and other people's. */
module io.openib.wireup.testkit {
    requires transitive io.openib.wireup;
    requires transitive org.junit.jupiter.api;
    requires org.assertj.core;
    requires static transitive org.jspecify;

    exports io.openib.wireup.testkit;

    // JUnit makes the nested classes of the contract.
    opens io.openib.wireup.testkit to
            org.junit.platform.commons;

    uses io.openib.verbs.VerbsProvider;
}
