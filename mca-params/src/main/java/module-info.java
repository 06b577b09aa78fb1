/** Parameters as data, component selection and component loading. */
module io.openib.mca {
    requires org.slf4j;
    requires static transitive org.jspecify;
    requires typesafe.config;

    exports io.openib.mca;
}
