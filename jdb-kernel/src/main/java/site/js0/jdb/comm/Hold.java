package site.js0.jdb.comm;

/**
 * Who may touch a shard's state now. Everything in the layers below the runtime is owned by one
 * shard and used by one thread at a time: the one that holds the shard. Entry points say {@code
 * assert hold.held()}.
 */
@FunctionalInterface
public interface Hold {
    /** For tests and tools that use a component from one thread only. */
    Hold ALWAYS = () -> true;

    /** True when the calling thread holds the shard. */
    boolean held();
}
