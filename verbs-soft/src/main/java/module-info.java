/** The embedded software device: real verbs through shared memory, with no hardware, kernel module or privilege. */
module io.openib.verbs.soft {
    requires static org.jspecify;
    requires io.openib.mca;
    requires transitive io.openib.verbs;
    requires org.slf4j;

    provides io.openib.verbs.VerbsProvider with
            io.openib.verbs.soft.SoftProvider;
}
