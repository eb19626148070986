package site.js0.jdb.testkit.arch.planted.stray;

/** Breaks: belongs to no component. */
public final class Stray {}
