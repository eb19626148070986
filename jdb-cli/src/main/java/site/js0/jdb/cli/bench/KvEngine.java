package site.js0.jdb.cli.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;

/** A store to be measured. */
public interface KvEngine {
    /** Its name, for results. */
    String name();

    /** What it was told: memory, threads, what else shapes the figures. */
    SortedMap<String, String> settings();

    /**
     * Opens the database in {@code directory}, making it when the directory is missing or empty.
     */
    Store open(Path directory) throws IOException;

    /** An open database of one table. */
    interface Store extends AutoCloseable {
        /** What one thread works with. */
        Client client();

        /** Returns when background work is done: the state is one that reads may be measured on. */
        void settle();

        @Override
        void close();
    }

    /** One thread's access. Arrays belong to the caller, who uses them again at once. */
    interface Client extends AutoCloseable {
        /** Sets the key; survives the death of the process. */
        void put(byte[] key, byte[] value);

        /** Sets the key; survives power failure. */
        void putSync(byte[] key, byte[] value);

        /** Copies the value to {@code target}; answers its length, -1 when there is none. */
        int get(byte[] key, byte[] target);

        /**
         * A cursor that stands before the first key at or above {@code from}, and will be asked for
         * {@code rows}.
         */
        Cursor seek(byte[] from, long rows);

        @Override
        void close();
    }

    /** Rows in order. */
    interface Cursor extends AutoCloseable {
        /** Goes to the next row; false at the end. */
        boolean next();

        /** Copies the key to {@code target}; answers its length. */
        int key(byte[] target);

        /** Copies the value to {@code target}; answers its length. */
        int value(byte[] target);

        @Override
        void close();
    }
}
