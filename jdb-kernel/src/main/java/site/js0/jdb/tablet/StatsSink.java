package site.js0.jdb.tablet;

/** Takes counters by name. */
@FunctionalInterface
public interface StatsSink {
    /** A name given twice is summed up. */
    void count(String name, long value);
}
