package site.js0.jdb.tablet;

import org.jspecify.annotations.Nullable;

/**
 * What a scan of one VNode visits, and as of when. Bounds are the user's keys; null is unbounded.
 *
 * @param timestamp the snapshot
 */
@SuppressWarnings("ArrayRecordComponent")
public record ScanSpec(
        int vnode,
        int table,
        byte @Nullable [] lower,
        boolean lowerInclusive,
        byte @Nullable [] upper,
        boolean upperInclusive,
        boolean reverse,
        boolean keysOnly,
        long timestamp) {}
