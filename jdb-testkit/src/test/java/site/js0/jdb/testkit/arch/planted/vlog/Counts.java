package site.js0.jdb.testkit.arch.planted.vlog;

import java.util.concurrent.atomic.AtomicLong;

/** Breaks: an atomic inside a shard. */
public final class Counts {
    public final AtomicLong count = new AtomicLong();
}
