package site.js0.jdb.testkit;

/**
 * The simulated process is dead: thrown at the planned moment of a crash, and by every use of its
 * drivers, files and tails from then on. An error, so that nothing takes it for a failed request
 * and goes on.
 */
public final class SimCrash extends Error {
    SimCrash(String message) {
        super(message);
    }
}
