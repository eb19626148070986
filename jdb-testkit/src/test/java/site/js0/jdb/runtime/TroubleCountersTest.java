package site.js0.jdb.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import site.js0.jdb.api.Batch;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.StatName;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.testkit.Faults;
import site.js0.jdb.testkit.SimDisk;

/** The counters that stay 0 as long as nothing fails: each of them moves when it does. */
class TroubleCountersTest {
    /** More pages than fit the frames. */
    private static final int KEYS = 20_000;

    private static final byte[] VALUE = new byte[600];

    private final SimDisk disk = SimKernel.disk();

    @Test
    void everyTroubleIsCounted() {
        Set<StatName> counted = EnumSet.noneOf(StatName.class);
        try (Jdb jdb = SimKernel.open(disk, SimKernel.options())) {
            Table table = jdb.database("d").table("t");
            for (int i = 0; i < KEYS; i++) {
                table.put(key(i), VALUE);
            }
            jdb.settle();
            for (StatName name : StatName.values()) {
                if (name.kind() == StatName.Kind.TROUBLE) {
                    assertThat(jdb.stats().total(name.key())).as(name.key()).isZero();
                }
            }
            readMeets(table, new Faults.Effect.Fails(Errno.EIO), JdbError.Io.class);
            readMeets(table, new Faults.Effect.FlippedBit(12_345), JdbError.Corrupt.class);
            abort(jdb, table);
            for (StatName name : StatName.values()) {
                if (name.kind() == StatName.Kind.TROUBLE && jdb.stats().total(name.key()) > 0) {
                    counted.add(name);
                }
            }
        }
        Set<StatName> all = EnumSet.allOf(StatName.class);
        all.removeIf(name -> name.kind() != StatName.Kind.TROUBLE);
        assertThat(counted).isEqualTo(all);
    }

    /** The next read of a page meets {@code effect}; so does a get, sooner or later. */
    private void readMeets(Table table, Faults.Effect effect, Class<? extends JdbError> error) {
        disk.faults()
                .add(a -> a.verb() == Faults.Verb.READ && a.role() == FileRole.PAGES, effect, 1, 1);
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < KEYS; i++) {
                                table.get(key(i));
                            }
                        })
                .isInstanceOfSatisfying(
                        JdbException.class, e -> assertThat(e.error()).isInstanceOf(error));
        disk.faults().clear();
    }

    /** A batch whose part on the second shard finds no room for its values. */
    private void abort(Jdb jdb, Table table) {
        disk.faults()
                .fail(
                        a -> a.role() == FileRole.VALUES && a.path().toString().contains("vnode-1"),
                        Errno.ENOSPC);
        Batch batch = new Batch();
        for (int i = 0; i < 10; i++) {
            batch.put(table, key(KEYS + i), new byte[5000]);
        }
        assertThatThrownBy(() -> jdb.write(batch))
                .isInstanceOfSatisfying(
                        JdbException.class,
                        e -> assertThat(e.error()).isInstanceOf(JdbError.DiskFull.class));
        disk.faults().clear();
        for (int i = 0; i < 10; i++) {
            assertThat(table.get(key(KEYS + i))).isNull();
        }
    }

    private static byte[] key(int i) {
        return ByteBuffer.allocate(4).putInt(i).array();
    }
}
