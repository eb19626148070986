package site.js0.jdb.vlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.layout.BlobHeader;
import site.js0.jdb.layout.ValPtr;

/** What damage and wrong pointers lead to: always a typed error that names file and offset. */
class ValueLogDamageTest {
    private final VlogFixture log = new VlogFixture();

    private JdbError.Corrupt corrupt(ValPtr p) {
        JdbException e = catchThrowableOfType(JdbException.class, () -> log.read(p));
        assertThat(e).as("damage should be found").isNotNull();
        assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
        assertThat(log.slab.freeCount()).isEqualTo(4);
        return (JdbError.Corrupt) e.error();
    }

    @Test
    void anyFlippedBitIsFound() {
        log.open();
        log.write(VlogFixture.value(1, 100));
        ValPtr p = log.write(VlogFixture.value(2, 300));
        for (int i = 0; i < BlobHeader.BYTES + 300; i++) {
            log.flip(p.fileId(), p.offset() + i);
            JdbException e = catchThrowableOfType(JdbException.class, () -> log.read(p));
            assertThat(e).as("byte " + i).isNotNull();
            if (e.error() instanceof JdbError.Corrupt c) {
                assertThat(c.file()).isEqualTo(log.path(1).toString());
                assertThat(c.offset()).isEqualTo(p.offset());
            } else {
                assertThat(i).as("only the format may look newer").isEqualTo(25);
            }
            log.flip(p.fileId(), p.offset() + i);
        }
        assertThat(log.read(p)).isEqualTo(VlogFixture.value(2, 300));
    }

    @Test
    void flippedBitInAnyPieceOfALargeValueIsFound() {
        log.open();
        ValPtr p = log.write(VlogFixture.value(2, 150_000));
        for (int at = 0; at < 150_000; at += 7_001) {
            log.flip(p.fileId(), p.offset() + BlobHeader.BYTES + at);
            assertThat(corrupt(p).rule()).contains("checksum");
            log.flip(p.fileId(), p.offset() + BlobHeader.BYTES + at);
        }
        log.verify(p);
    }

    @Test
    void pointerToAnotherValueIsFound() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 100));
        assertThat(corrupt(new ValPtr(a.offset(), a.fileId(), 99)).rule())
                .contains("100")
                .contains("99");
        assertThat(corrupt(new ValPtr(a.offset() + 8, a.fileId(), 10)).offset())
                .isEqualTo(a.offset() + 8);
    }

    @Test
    void copyOfAValueElsewhereDoesNotCount() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 5000));
        ValPtr b = log.write(VlogFixture.value(2, 5000));
        byte[] file = log.disk.bytes(log.path(1));
        System.arraycopy(file, (int) a.offset(), file, (int) b.offset(), 5032);
        assertThat(corrupt(b).rule()).contains("checksum");
    }

    @Test
    void impossiblePointersAreRefusedBeforeAnythingIsRead() {
        log.open();
        ValPtr a = log.write(VlogFixture.value(1, 100));
        long end = 8192;
        ValPtr[] impossible = {
            new ValPtr(a.offset(), a.fileId() + 5, 100),
            new ValPtr(a.offset(), 0, 100),
            new ValPtr(a.offset(), -1, 100),
            new ValPtr(0, a.fileId(), 100),
            new ValPtr(-8, a.fileId(), 100),
            new ValPtr(a.offset() + 4, a.fileId(), 100),
            new ValPtr(end, a.fileId(), 0),
            new ValPtr(end - 32, a.fileId(), 1),
            new ValPtr(Long.MAX_VALUE - 7, a.fileId(), 100),
            new ValPtr(a.offset(), a.fileId(), BlobHeader.LENGTH_MAX),
            new ValPtr(a.offset(), a.fileId(), Integer.MAX_VALUE),
            new ValPtr(a.offset(), a.fileId(), -1),
        };
        for (ValPtr p : impossible) {
            JdbException e =
                    catchThrowableOfType(
                            JdbException.class,
                            () -> log.log().checkPointer(p.offset(), p.fileId(), p.length()));
            assertThat(e).as(p.toString()).isNotNull();
            assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
        }
        assertThat(log.io.inFlight()).isZero();
    }

    @Test
    void cutFileIsFound() {
        ValPtr p = log.open().write(VlogFixture.value(1, 50_000));
        log.kill().disk.setBytes(log.path(1), Arrays.copyOf(log.disk.bytes(log.path(1)), 20_480));
        log.open();
        assertThat(corrupt(p).rule()).contains("20480");
    }

    @Test
    void damagedFileHeaderIsFoundWhenAValueInItIsRead() {
        ValPtr p = log.open().write(VlogFixture.value(1, 100));
        log.kill().flip(1, 20).open();
        assertThat(corrupt(p).rule()).contains("header");
        assertThat(log.write(VlogFixture.value(2, 10)).fileId()).isEqualTo(2);
    }

    @Test
    void emptyFileOfACrashIsNoObstacle() {
        log.disk.setBytes(log.path(7), new byte[0]);
        log.disk.setBytes(log.path(8), new byte[VlogFixture.FILE]);
        ValPtr p = log.open().write(VlogFixture.value(1, 10));
        assertThat(p.fileId()).isEqualTo(9);
    }

    @Test
    void fileOfAnotherDatabaseOrVnodeIsRefused() {
        log.open().write(VlogFixture.value(1, 10));
        log.kill();
        log.config = new VlogConfig(VlogFixture.DIR, 11, 22, 4, 0, VlogFixture.FILE, 4, 0);
        JdbException e = catchThrowableOfType(JdbException.class, log::open);
        assertThat(e).hasMessageContaining("another database or VNode");
    }

    @Test
    void renamedFileIsRefused() {
        log.open().write(VlogFixture.value(1, 10));
        log.kill().disk.rename(log.path(1), log.path(5));
        JdbException e = catchThrowableOfType(JdbException.class, log::open);
        assertThat(e).hasMessageContaining("file 1");
    }

    @Test
    void foreignNameIsRefusedAndOtherFilesAreLeftAlone() {
        log.disk.addForeign(VlogFixture.DIR.resolve("pages"));
        log.open();
        log.disk.addForeign(VlogFixture.DIR.resolve("vlog-12"));
        JdbException e = catchThrowableOfType(JdbException.class, log::open);
        assertThat(e.error()).isInstanceOf(JdbError.NotADatabase.class);
    }
}
