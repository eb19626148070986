package site.js0.jdb.testkit.arch.planted.fs.uring;

/** Fine by itself: a driver. */
public final class Ring {}
