/**
 * io_uring and Direct I/O for Java: aligned memory, page pools, files.
 *
 * <p>Stands alone: it knows nothing of the engine above it.
 */
@SuppressWarnings("module") // "js0" ends in a digit; the domain of the project does too.
module site.js0.jdb.io {
    exports site.js0.jdb.alloc;
    exports site.js0.jdb.buf;
    exports site.js0.jdb.fs;
    exports site.js0.jdb.fs.async;

    requires jdk.unsupported; // com.sun.nio.file.ExtendedOpenOption.DIRECT
    requires static transitive org.jspecify;
}
