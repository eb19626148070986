package site.js0.jdb.tablet;

import site.js0.jdb.comm.StatName;

/** Takes counters by name. */
@FunctionalInterface
public interface StatsSink {
    /** A name given twice is summed up. */
    void count(StatName name, long value);
}
