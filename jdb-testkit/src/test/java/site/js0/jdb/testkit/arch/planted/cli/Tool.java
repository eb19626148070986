package site.js0.jdb.testkit.arch.planted.cli;

/** Fine by itself: a tool may stand anywhere. */
public final class Tool {}
