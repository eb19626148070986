package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.layout.ValPtr;
import site.js0.jdb.memdisk.MemDisk;
import site.js0.jdb.memdisk.MemDriver;
import site.js0.jdb.vlog.VlogFixture.CountingWaiter;

/**
 * A value log against a naive model, a list of values: random writes, reads, syncs, turns, kills
 * and power losses, with few buffers, small files and completions in any order, each history from
 * one seed.
 *
 * <p>What was done survives a kill; what was synced survives a power loss; what a read yields is
 * what was written, always. After a power loss a value that was not synced is whole or found
 * damaged.
 */
class ValueLogPropertyTest {
    private static final int HISTORIES = 120;
    private static final int LIVES = 4;
    private static final int STEPS = 50;

    /** One value of the model. */
    private static final class Value {
        final byte[] bytes;
        final BlobWrite write = new BlobWrite();
        @Nullable ValPtr pointer;
        boolean durable;

        Value(byte[] bytes) {
            this.bytes = bytes;
        }
    }

    private record Reading(Value value, byte[] target, BlobRead read) {}

    private final VlogFixture log = new VlogFixture();
    private SplittableRandom random = new SplittableRandom(0);
    private final List<Value> values = new ArrayList<>();
    private final List<Reading> readings = new ArrayList<>();
    private int number;

    @Test
    void everyValueComesBackAsItWas() {
        for (int seed = 0; seed < HISTORIES; seed++) {
            try {
                history(seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void history(int seed) {
        random = new SplittableRandom(seed);
        log.disk = new MemDisk();
        log.config =
                new VlogConfig(VlogFixture.DIR, 11, 22, 3, 0, 64 << 10 << random.nextInt(3), 4, 0);
        values.clear();
        for (int life = 0; life < LIVES; life++) {
            log.io = new MemDriver(log.disk, random.nextLong());
            log.slab = VlogFixture.slab(2 + random.nextInt(4));
            int free = log.slab.freeCount();
            log.open();
            for (Value v : values) {
                log.log().replayed(v.write.fileId(), v.bytes.length);
            }
            readings.clear();
            for (int i = random.nextInt(STEPS); i > 0; i--) {
                step();
            }
            collectDone();
            if (random.nextBoolean()) {
                log.pump();
                collectDone();
                assertThat(log.slab.freeCount()).isEqualTo(free);
                assertThat(readings).as("reads that never ended").isEmpty();
                assertThat(values).allMatch(v -> v.pointer != null);
            }
            crash();
        }
    }

    private void step() {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                int size = random.nextInt(8) == 0 ? random.nextInt(150_000) : random.nextInt(5_000);
                Value v = new Value(VlogFixture.value(number++, size));
                v.write.prepare(
                        MemorySegment.ofArray(v.bytes), 0, size, number, 1, new CountingWaiter());
                log.log().submit(v.write);
                values.add(v);
            }
            case 3, 4 -> log.log().service();
            case 5 -> log.io.poll(1 + random.nextInt(4));
            case 6 -> startReading();
            case 7 -> {
                if (random.nextInt(5) == 0) {
                    collectDone();
                    syncAll();
                }
            }
            default -> throw new AssertionError();
        }
        collectDone();
    }

    private void startReading() {
        if (values.isEmpty()) {
            return;
        }
        Value v = values.get(random.nextInt(values.size()));
        ValPtr p = v.pointer;
        if (p != null) {
            byte[] target = new byte[v.bytes.length];
            readings.add(new Reading(v, target, log.submitRead(p, target)));
        }
    }

    private void syncAll() {
        List<Value> done = values.stream().filter(v -> v.pointer != null).toList();
        CountingWaiter waiter = new CountingWaiter();
        long mark = log.log().mark();
        while (log.log().awaitSynced(mark, waiter) == Progress.WAIT) {
            log.pump();
        }
        done.forEach(v -> v.durable = true);
    }

    private void collectDone() {
        for (Value v : values) {
            if (v.pointer == null && v.write.done()) {
                v.write.check();
                v.pointer = v.write.pointer();
            }
        }
        readings.removeIf(r -> {
            if (!r.read.done()) {
                return false;
            }
            r.read.check();
            assertThat(r.target).isEqualTo(r.value.bytes);
            return true;
        });
    }

    private void crash() {
        boolean power = random.nextBoolean();
        if (power) {
            log.disk = log.disk.powerLost(random);
        }
        values.removeIf(v -> v.pointer == null);
        log.io = new MemDriver(log.disk, random.nextLong());
        log.slab = VlogFixture.slab(3);
        log.open();
        values.removeIf(v -> !survived(v, power));
    }

    private boolean survived(Value v, boolean power) {
        ValPtr p = java.util.Objects.requireNonNull(v.pointer);
        try {
            byte[] target = new byte[p.length()];
            BlobRead read = log.submitRead(p, target);
            log.pump();
            read.check();
            assertThat(target).isEqualTo(v.bytes);
            v.durable |= power; // what a power loss left is on the device
            return true;
        } catch (JdbException e) {
            assertThat(power && !v.durable).as("lost " + p + ": " + e.getMessage()).isTrue();
            return false;
        }
    }
}
