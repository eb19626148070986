package site.js0.jdb.testkit.arch.planted.page;

/** Breaks: only runtime and drivers start threads. */
public final class StartsThread {
    public final Thread thread = new Thread(() -> {});
}
