package site.js0.jdb.testkit.arch.planted.comm;

import java.util.Random;

/** Breaks: nobody can repeat what came of it. */
public final class DrawsLots {
    public final Random random = new Random();
}
