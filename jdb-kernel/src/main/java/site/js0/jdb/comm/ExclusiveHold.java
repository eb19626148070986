package site.js0.jdb.comm;

/** The hold of a shard as its own thread takes it and gives it back; nothing else may. */
public interface ExclusiveHold extends Hold {
    /** Waits for the hold and takes it. Shard's thread; not while it holds already. */
    void acquire();

    /** Gives the hold back. */
    void release();
}
