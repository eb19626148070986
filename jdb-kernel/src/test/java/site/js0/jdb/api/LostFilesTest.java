package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.key;
import static site.js0.jdb.api.KernelFixture.refusal;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;

/**
 * Parts of a database that are gone or cut: each is damage that names what is gone, never a
 * database that silently has less. Restored, everything is there again.
 */
class LostFilesTest {
    private static final int ROWS = 2000;

    @TempDir static Path shared;
    private static Path killedOnce;
    private static Path closedOnce;

    @TempDir Path temp;

    private Path db;

    /** What {@link #db} was. */
    private Path copy;

    @BeforeAll
    static void makeBoth() throws Exception {
        killedOnce = shared.resolve("killed");
        closedOnce = shared.resolve("closed");
        assertThat(HolderChild.run("fill", killedOnce.toString(), Integer.toString(ROWS)))
                .isEmpty();
        copyTree(killedOnce, closedOnce);
        Jdb.open(closedOnce, HolderChild.OPTIONS).close();
    }

    @BeforeEach
    void path() {
        db = temp.resolve("db");
        copy = killedOnce;
    }

    /** A database that was closed in order: all is in the trees. */
    private void closed() throws IOException {
        copy = closedOnce;
        copyTree(copy, db);
    }

    /** One whose process died: much of it is in the log only. */
    private void killed() throws IOException {
        copy = killedOnce;
        copyTree(copy, db);
    }

    private Jdb open() {
        return Jdb.open(db, HolderChild.OPTIONS.withCreateIfMissing(false));
    }

    private JdbError.Corrupt corrupt() {
        return refusal(JdbError.Corrupt.class, () -> open().close());
    }

    private void assertWholeAfterRestoring() throws IOException {
        deleteTree(db);
        copyTree(copy, db);
        try (Jdb jdb = open()) {
            Table t = jdb.database("d").existingTable(b("t"));
            for (int i = 0; i < ROWS; i++) {
                assertThat(t.get(key(i))).isEqualTo(HolderChild.value(i));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "log-1-0, false",
        "log-1-0, true",
        "vnode-1, false",
        "vnode-0/values, false",
        "vnode-0/values, true",
        "vnode-1/pages, false",
        "vnode-0/super, true"
    })
    void aMissingPart(String name, boolean inOrder) throws Exception {
        if (inOrder) {
            closed();
        } else {
            killed();
        }
        deleteTree(db.resolve(name));
        JdbError.Corrupt error = corrupt();
        assertThat(error.file()).contains(db.resolve(name).toString());
        assertThat(error.rule()).contains("missing");
        assertThat(corrupt()).as("nothing was made in its place").isEqualTo(error);
        assertWholeAfterRestoring();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allFilesOfALog(boolean inOrder) throws Exception {
        if (inOrder) {
            closed();
        } else {
            killed();
        }
        for (Path segment : files(db.resolve("log-1-0"))) {
            Files.delete(segment);
        }
        assertThat(corrupt().message()).contains("log-1-0", "missing");
        assertWholeAfterRestoring();
    }

    @Test
    void aLogSegmentInTheMiddle() throws Exception {
        killed();
        List<Path> segments = files(db.resolve("log-1-0"));
        assertThat(segments).hasSizeGreaterThan(3);
        Path middle = segments.get(1);
        Files.delete(middle);
        assertThat(corrupt().message()).contains(middle.toString(), "missing");
        assertWholeAfterRestoring();
    }

    @Test
    void theFirstLogSegment() throws Exception {
        killed();
        Path first = files(db.resolve("log-1-0")).getFirst();
        Files.delete(first);
        assertThat(corrupt().message()).contains(first.toString(), "missing");
        assertWholeAfterRestoring();
    }

    @Test
    void aCutLogSegment() throws Exception {
        killed();
        Path segment = files(db.resolve("log-1-0")).get(1);
        truncate(segment, Files.size(segment) / 2);
        assertThat(corrupt().message()).contains(segment.toString(), "ends here");
        assertWholeAfterRestoring();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileOfTheValueLog(boolean inOrder) throws Exception {
        if (inOrder) {
            closed();
        } else {
            killed();
        }
        Path values = files(db.resolve("vnode-1/values")).getFirst();
        Files.delete(values);
        assertThat(corrupt().message()).contains(values.toString(), "missing");
        assertWholeAfterRestoring();
    }

    /** Nothing says that the log was durable, and it may end early: but not for this. */
    @Test
    void aFileOfTheValueLogOfAYoungLog() throws Exception {
        assertThat(HolderChild.run("fill", db.toString(), "40")).isEmpty();
        for (String vnode : List.of("vnode-0/values", "vnode-1/values")) {
            for (Path values : files(db.resolve(vnode))) {
                Files.delete(values);
            }
        }
        assertThat(corrupt().message()).contains("vlog-", "missing");
    }

    @Test
    void aCutFileOfTheValueLog() throws Exception {
        closed();
        Path values = files(db.resolve("vnode-1/values")).getFirst();
        truncate(values, 8192);
        assertThat(corrupt().message()).contains(values.toString());
        assertWholeAfterRestoring();
    }

    @ParameterizedTest
    @CsvSource({"pages, 8192", "pages, 100", "pages, 0", "super, 4000", "super, 0"})
    void aCutFileOfATree(String name, long bytes) throws Exception {
        closed();
        Path file = db.resolve("vnode-0").resolve(name);
        truncate(file, bytes);
        assertThat(corrupt().message()).contains(file.toString());
        assertThat(file).hasSize(bytes);
        assertWholeAfterRestoring();
    }

    /** Two superblock copies are enough. */
    @Test
    void halfTheSuperblocks() throws Exception {
        closed();
        truncate(db.resolve("vnode-0/super"), 8192);
        try (Jdb jdb = open()) {
            Table t = jdb.database("d").existingTable(b("t"));
            assertThat(t.get(key(7))).isEqualTo(HolderChild.value(7));
        }
        assertThat(db.resolve("vnode-0/super")).as("healed").hasSize(16384);
    }

    /** What a damaged value does not touch is read. */
    @Test
    void aDamagedValueIsOneRowLess() throws Exception {
        closed();
        Path values = files(db.resolve("vnode-1/values")).getFirst();
        byte[] bytes = Files.readAllBytes(values);
        bytes[4096 + 500] ^= 1;
        Files.write(values, bytes);
        int damaged = 0;
        try (Jdb jdb = open()) {
            Table t = jdb.database("d").existingTable(b("t"));
            for (int i = 0; i < ROWS; i++) {
                try {
                    assertThat(t.get(key(i))).isEqualTo(HolderChild.value(i));
                } catch (JdbException e) {
                    assertThat(e.error()).isInstanceOf(JdbError.Corrupt.class);
                    assertThat(e.getMessage()).contains(values.toString(), "offset 4096");
                    damaged++;
                }
            }
            t.put(key(ROWS), b("writing goes on"));
        }
        assertThat(damaged).isEqualTo(1);
        assertWholeAfterRestoring();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var list = Files.list(directory)) {
            return list.sorted().toList();
        }
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(bytes);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path directory, IOException e)
                            throws IOException {
                        Files.delete(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
