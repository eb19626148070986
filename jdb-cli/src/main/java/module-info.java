/** The {@code jetdb} command line. */
// "js0" ends in a digit; JLine and HdrHistogram are jars without a module of their own.
@SuppressWarnings({"module", "requires-automatic"})
module site.js0.jdb.cli {
    requires HdrHistogram;
    requires info.picocli;
    requires org.jline;
    requires transitive site.js0.jdb.kernel;
    requires tools.jackson.core;
    requires static transitive org.jspecify;

    // The workloads, for comparisons with other stores.
    exports site.js0.jdb.cli.bench;

    // picocli reads the commands' annotations and fields by reflection.
    opens site.js0.jdb.cli to
            info.picocli;
}
