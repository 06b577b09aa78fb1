/** Post and poll by {@code java.lang.foreign}. Only on Java 22 and later: an older one refuses this very file. */
module io.openib.verbs.ffm {
    requires transitive io.openib.verbs.jna;
    requires io.openib.verbs;
    requires static transitive org.jspecify;

    exports io.openib.verbs.ffm;

    provides io.openib.verbs.jna.calls.HotCallsComponent with
            io.openib.verbs.ffm.FfmCallsComponent;
}
