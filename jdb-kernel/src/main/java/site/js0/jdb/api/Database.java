package site.js0.jdb.api;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A namespace of tables inside one {@link Jdb}. Names are arbitrary bytes, 1 to 255 of them; the
 * {@code String} forms are UTF-8. Handles are cheap, shareable between threads and need no close.
 */
public interface Database {
    /** Its name; a copy. */
    byte[] name();

    /**
     * The table of that name, made (durably) if it is not there.
     *
     * @throws site.js0.jdb.comm.JdbException BadArgument for a name out of bounds, Shutdown after
     *     close
     */
    Table table(byte[] name);

    /** As {@link #table(byte[])}, the name in UTF-8. */
    default Table table(String name) {
        return table(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The table of that name.
     *
     * @throws site.js0.jdb.comm.JdbException NotFound when there is none
     */
    Table existingTable(byte[] name);

    /** Names of all tables, sorted as bytes. */
    List<byte[]> tableNames();
}
