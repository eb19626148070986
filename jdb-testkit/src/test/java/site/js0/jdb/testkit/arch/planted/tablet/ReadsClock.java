package site.js0.jdb.testkit.arch.planted.tablet;

import java.util.function.LongSupplier;

/** Breaks: reads the clock by a method reference, which is no call. */
public final class ReadsClock {
    public final LongSupplier clock = System::nanoTime;
}
