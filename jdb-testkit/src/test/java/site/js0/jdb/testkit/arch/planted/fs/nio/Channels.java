package site.js0.jdb.testkit.arch.planted.fs.nio;

/** Fine by itself: the other driver. */
public final class Channels {}
