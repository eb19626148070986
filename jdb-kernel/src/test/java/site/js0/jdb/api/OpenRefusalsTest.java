package site.js0.jdb.api;

import static org.assertj.core.api.Assertions.assertThat;
import static site.js0.jdb.api.KernelFixture.b;
import static site.js0.jdb.api.KernelFixture.refusal;
import static site.js0.jdb.api.KernelFixture.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/** Paths that are no database, or none for us: refused with reasons, and left as they are. */
class OpenRefusalsTest {
    private static final JdbOptions OPTIONS =
            JdbOptions.defaults().withMemory(KernelFixture.MEMORY).withShards(2).withVnodes(2);

    @TempDir Path temp;

    private Path db;

    @BeforeEach
    void path() {
        db = temp.resolve("db");
    }

    private void make() {
        try (Jdb jdb = Jdb.open(db, OPTIONS)) {
            Table t = jdb.database("d").table("t");
            t.put(b("a"), b("1"));
            t.put(b("b"), b("2"));
        }
    }

    private void assertWhole() {
        try (Jdb jdb = Jdb.open(db, OPTIONS.withCreateIfMissing(false))) {
            assertThat(rows(jdb.database("d").existingTable(b("t")), ScanRange.all()))
                    .containsExactly("a=1", "b=2");
        }
    }

    private <E extends JdbError> E refused(Class<E> kind, Path path, JdbOptions options) {
        return refusal(kind, () -> Jdb.open(path, options).close());
    }

    @Test
    void aFile() throws IOException {
        Files.writeString(db, "mine");
        assertThat(refused(JdbError.NotADatabase.class, db, OPTIONS).message())
                .contains(db.toString(), "expected a directory", "found a file");
        assertThat(db).hasContent("mine");
    }

    @Test
    void aPathWithoutAParentDirectory() throws IOException {
        Path deep = temp.resolve("no/such/db");
        assertThat(refused(JdbError.NotADatabase.class, deep, OPTIONS).message())
                .contains(deep.toString(), "parent directory");
        assertThat(temp.resolve("no")).doesNotExist();
        Path belowFile = Files.writeString(temp.resolve("file"), "mine").resolve("db");
        assertThat(refused(JdbError.Io.class, belowFile, OPTIONS).message())
                .contains(belowFile.toString(), "ENOTDIR");
    }

    @Test
    void nothingWhenNothingIsToBeMade() {
        JdbOptions noCreation = OPTIONS.withCreateIfMissing(false);
        assertThat(refused(JdbError.NotADatabase.class, db, noCreation).message())
                .contains(db.toString(), "an existing database", "nothing there");
        assertThat(db).doesNotExist();
    }

    @Test
    void anEmptyDirectoryWhenNothingIsToBeMade() throws IOException {
        Files.createDirectory(db);
        JdbOptions noCreation = OPTIONS.withCreateIfMissing(false);
        assertThat(refused(JdbError.NotADatabase.class, db, noCreation).message())
                .contains(db.toString(), "the file JDB");
        try (var left = Files.list(db)) {
            assertThat(left.map(p -> p.getFileName().toString())).isSubsetOf("LOCK");
        }
    }

    @Test
    void aDirectoryOfSomebodyElses() throws IOException {
        Files.createDirectory(db);
        Files.writeString(db.resolve("letter.txt"), "mine");
        assertThat(refused(JdbError.NotADatabase.class, db, OPTIONS).message())
                .contains(db.toString(), "letter.txt");
        try (var left = Files.list(db)) {
            assertThat(left).containsExactly(db.resolve("letter.txt"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "letter.txt",
                "vnode-0/letter.txt",
                "log-1-0/letter.txt",
                "vnode-0/values/x"
            })
    void aForeignFileInADatabase(String name) throws IOException {
        make();
        Path foreign = Files.writeString(db.resolve(name), "mine");
        assertThat(refused(JdbError.NotADatabase.class, db, OPTIONS).message())
                .contains(foreign.getFileName().toString());
        assertThat(foreign).hasContent("mine");
        Files.delete(foreign);
        assertWhole();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JDB",
                "LAYOUT",
                "LOCK",
                "vnode-0",
                "log-1-1",
                "vnode-0/pages",
                "vnode-1/super",
                "vnode-0/values"
            })
    void aLinkInPlaceOfOurOwn(String name) throws IOException {
        make();
        Path real = db.resolve(name);
        Path moved = temp.resolve("moved");
        Files.move(real, moved);
        Files.createSymbolicLink(real, moved);
        JdbException thrown = thrownBy(OPTIONS);
        assertThat(thrown.error())
                .isInstanceOfAny(
                        JdbError.NotADatabase.class, JdbError.Io.class, JdbError.Corrupt.class);
        assertThat(thrown.getMessage()).contains(Path.of(name).getFileName().toString());
        Files.delete(real);
        Files.move(moved, real);
        assertWhole();
    }

    private JdbException thrownBy(JdbOptions options) {
        JdbException[] thrown = new JdbException[1];
        try {
            Jdb.open(db, options).close();
        } catch (JdbException e) {
            thrown[0] = e;
        }
        assertThat(thrown[0]).as("refused").isNotNull();
        return thrown[0];
    }

    @ParameterizedTest
    @ValueSource(strings = {"JDB", "LAYOUT"})
    void aNewerFormat(String name) throws IOException {
        make();
        Path file = db.resolve(name);
        byte[] before = Files.readAllBytes(file);
        byte[] newer = DiskBytes.identityOfFormat(before, 7);
        for (int longer : new int[] {0, 4096}) {
            Files.write(file, Arrays.copyOf(newer, newer.length + longer));
            JdbError.NewerFormat error = refused(JdbError.NewerFormat.class, db, OPTIONS);
            assertThat(error.found()).isEqualTo(7);
            assertThat(error.message()).contains(file.toString(), "format 7", "up to 1", "newer");
        }
        Files.write(file, before);
        assertWhole();
    }

    @Test
    void aNewerSuperblock() throws IOException {
        make();
        Path file = db.resolve("vnode-1/super");
        byte[] before = Files.readAllBytes(file);
        byte[] newer = DiskBytes.superblockOfFormat(before, 9);
        Files.write(file, newer);
        assertThat(refused(JdbError.NewerFormat.class, db, OPTIONS).message())
                .contains(file.toString(), "format 9");
        assertThat(file).hasBinaryContent(newer);
        Files.write(file, before);
        assertWhole();
    }

    @ParameterizedTest
    @ValueSource(strings = {"JDB", "LAYOUT"})
    void aDamagedIdentity(String name) throws IOException {
        make();
        Path file = db.resolve(name);
        byte[] before = Files.readAllBytes(file);
        for (int at : new int[] {0, 12, 20, 33}) {
            byte[] bad = before.clone();
            bad[at] ^= 4;
            Files.write(file, bad);
            assertThat(refused(JdbError.Corrupt.class, db, OPTIONS).message())
                    .contains(file.toString());
        }
        Files.write(file, new byte[17]);
        assertThat(refused(JdbError.Corrupt.class, db, OPTIONS).message())
                .contains(file.toString(), "4096 bytes", "17");
        Files.write(file, before);
        assertWhole();
    }

    @Test
    void aDatabaseWithoutItsIdentity() throws IOException {
        make();
        Path identity = db.resolve("JDB");
        byte[] before = Files.readAllBytes(identity);
        Files.delete(identity);
        assertThat(refused(JdbError.NotADatabase.class, db, OPTIONS).message())
                .contains("the file JDB beside its data");
        assertThat(identity).doesNotExist();
        Files.write(identity, before);
        assertWhole();
    }

    @Test
    void tooLittleMemory() {
        make();
        assertThat(refused(JdbError.BadArgument.class, db, OPTIONS.withMemory(1 << 20)).message())
                .contains("memory", "at least", "2 shards", "1048576");
        assertWhole();
        Path other = temp.resolve("other");
        refused(JdbError.BadArgument.class, other, OPTIONS.withMemory(1 << 20));
        assertThat(other).as("nothing is made for nothing").doesNotExist();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDirectoryThatMayNotBeWritten() throws Exception {
        Path parent = Files.createDirectory(temp.resolve("parent"));
        Path inside = parent.resolve("db");
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("r-xr-xr-x"));
        Unprivileged.run(
                temp,
                () ->
                        assertThat(refused(JdbError.Io.class, inside, OPTIONS).message())
                                .contains(inside.toString(), "permission denied"));
        assertThat(inside).doesNotExist();
        make();
        Files.setPosixFilePermissions(
                db.resolve("LOCK"), PosixFilePermissions.fromString("r--r--r--"));
        Unprivileged.run(
                temp,
                () ->
                        assertThat(
                                        refusal(JdbError.class, () -> Jdb.open(db, OPTIONS).close())
                                                .message()
                                                .toLowerCase(Locale.ROOT))
                                .contains("permission denied"));
        Files.setPosixFilePermissions(
                db.resolve("LOCK"), PosixFilePermissions.fromString("rw-------"));
        assertWhole();
    }

    /**
     * Pages that cannot be read are met while the catalog is loaded, when the shards run already.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDamagedCatalogEndsTheOpening(boolean borrow) throws IOException {
        make();
        List<Path> files = List.of(db.resolve("vnode-0/pages"), db.resolve("vnode-1/pages"));
        List<byte[]> before =
                List.of(Files.readAllBytes(files.get(0)), Files.readAllBytes(files.get(1)));
        assertThat(DiskBytes.damageTree(files.get(0)) + DiskBytes.damageTree(files.get(1)))
                .isPositive();
        assertThat(refused(JdbError.Corrupt.class, db, OPTIONS.withBorrow(borrow)).message())
                .contains("pages", "offset");
        for (int i = 0; i < files.size(); i++) {
            Files.write(files.get(i), before.get(i));
        }
        assertWhole();
    }
}
