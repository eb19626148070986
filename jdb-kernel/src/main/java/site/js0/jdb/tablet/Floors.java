package site.js0.jdb.tablet;

/** The timestamps at which somebody reads. Any thread. */
@FunctionalInterface
public interface Floors {
    /** Nobody reads anything but the newest. */
    Floors NONE = () -> new long[0];

    /** A copy, ascending. */
    long[] floors();
}
