package site.js0.jdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.layout.LogRecordKind;
import site.js0.jdb.memdisk.MemDriver;
import site.js0.jdb.wal.LogFixture.CountingWaiter;

/**
 * A log against a naive model, a list of texts: random appends, syncs, turns, trims, kills, power
 * losses and clean closes, each history from one seed.
 *
 * <p>After a kill replay yields exactly what was appended. After a power loss it yields a prefix
 * that holds everything that was durable. Neither is ever Corrupt.
 */
class WalCrashPropertyTest {
    private static final int HISTORIES = 400;
    private static final int LIVES = 6;
    private static final int STEPS = 60;

    private final LogFixture log = new LogFixture();
    private SplittableRandom random = new SplittableRandom(0);

    /** Texts by LSN; index 0 is LSN 1. */
    private final List<String> model = new ArrayList<>();

    private long durable;
    private long start = 1;
    private int number;

    @Test
    void everyCrashKeepsAPrefixWithAllThatWasDurable() {
        int powerLosses = 0;
        for (int seed = 0; seed < HISTORIES; seed++) {
            try {
                powerLosses += history(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(powerLosses).isGreaterThan(HISTORIES);
    }

    private int history(int seed) {
        random = new SplittableRandom(seed);
        log.disk = new site.js0.jdb.memdisk.MemDisk();
        log.io = new MemDriver(log.disk, seed);
        model.clear();
        durable = 0;
        start = 1;
        int powerLosses = 0;
        for (int life = 0; life < LIVES; life++) {
            openSlowly();
            for (int i = random.nextInt(STEPS); i > 0; i--) {
                step();
            }
            durable = Math.max(durable, log.wal().durableLsn());
            boolean power = random.nextBoolean();
            if (power) {
                powerLosses++;
                log.disk = log.disk.powerLost(random);
            }
            log.io = new MemDriver(log.disk, random.nextLong());
            check(power);
        }
        return powerLosses;
    }

    /** Opens, and perhaps crashes before start-up is through. */
    private void openSlowly() {
        LogEnd end = log.replay(start, Long.MAX_VALUE, 0).end();
        log.open(end);
        if (random.nextInt(4) == 0) {
            log.io = new MemDriver(log.disk, random.nextLong());
            Wal wal = log.start(log.replay(start, Long.MAX_VALUE, 0).end());
            for (int i = random.nextInt(12); i > 0; i--) {
                wal.service();
                log.io.poll(1);
            }
            if (random.nextBoolean()) {
                log.disk = log.disk.powerLost(random);
            }
            log.io = new MemDriver(log.disk, random.nextLong());
            log.open(log.replay(start, Long.MAX_VALUE, 0).end());
        }
        // What was found once is durable as soon as an opening is through.
        assertThat(log.wal().appendedLsn()).isEqualTo(model.size());
        assertThat(log.wal().durableLsn()).isEqualTo(model.size());
    }

    private void step() {
        switch (random.nextInt(10)) {
            case 0, 1, 2, 3, 4 -> append();
            case 5 -> log.wal().service();
            case 6 -> log.io.poll(1 + random.nextInt(3));
            case 7 -> log.wal().awaitDurable(log.wal().appendedLsn(), new CountingWaiter());
            case 8 -> {
                if (random.nextInt(4) == 0) {
                    log.sync();
                }
            }
            case 9 -> {
                // What is trimmed must be durable elsewhere first; here: it is durable in the log,
                // or else the model's checkpoint has it.
                if (random.nextInt(3) == 0) {
                    start = start + random.nextLong(log.wal().appendedLsn() + 2 - start);
                    log.wal().trimTo(start);
                }
            }
            default -> throw new AssertionError();
        }
    }

    private void append() {
        int size = random.nextInt(10) == 0 ? random.nextInt(60_000) : random.nextInt(300);
        String text = LogFixture.text(number++, size);
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        int head = random.nextInt(size + 1);
        MemorySegment m = MemorySegment.ofArray(bytes);
        long lsn = log.wal().append(LogRecordKind.BATCH, m, 0, head, m, head, size - head);
        if (lsn == Wal.NO_ROOM) {
            CountingWaiter waiter = new CountingWaiter();
            if (log.wal().awaitSegment(waiter) == Progress.WAIT) {
                log.pump();
                assertThat(waiter.resumed).isEqualTo(1);
            }
            return;
        }
        assertThat(lsn).isEqualTo(model.size() + 1L);
        model.add(text);
    }

    private void check(boolean power) {
        LogFixture.Replayed r = log.replay(start, Long.MAX_VALUE, 0);
        int from = (int) start - 1;
        int to = from + r.records().size();
        assertThat(to).isLessThanOrEqualTo(Math.max(model.size(), from));
        if (!power) {
            assertThat(to).as("after a kill").isEqualTo(model.size());
        }
        if (durable > from) {
            assertThat((long) to).as("durable records").isGreaterThanOrEqualTo(durable);
        }
        assertThat(r.texts()).isEqualTo(model.subList(Math.min(from, to), to));
        long lsn = start;
        for (LogFixture.Rec rec : r.records()) {
            assertThat(rec.lsn()).isEqualTo(lsn++);
        }
        // Records below the start may be gone; the model keeps placeholders for their LSNs.
        while (model.size() > to && model.size() > from) {
            model.removeLast();
        }
    }
}
