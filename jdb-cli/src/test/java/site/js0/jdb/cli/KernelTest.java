package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.comm.JdbOptions;
import site.js0.jdb.comm.StatName;

/**
 * The command line on the real engine, every command in a process's life of its own: open, work,
 * close.
 */
class KernelTest {
    @TempDir private Path dir;

    private Cli cli() {
        return new Cli(Jdb::open, dir.resolve("db"));
    }

    @Test
    void everyCommandFindsWhatTheOneBeforeItLeft() throws IOException {
        Cli cli = cli();
        cli.ok("init", dir.resolve("db").toString(), "--vnodes", "3");
        cli.ok("put", "greeting", "hello");
        cli.ok("put", "hex:00ff", "base64:AP8=");
        cli.ok("put", "empty", "", "--sync");
        assertThat(cli.ok("get", "greeting", "empty")).isEqualTo("greeting\thello\nempty\ttext:\n");
        assertThat(cli.ok("scan"))
                .isEqualTo("text:\\x00\\xff\ttext:\\x00\\xff\nempty\ttext:\ngreeting\thello\n");
        cli.ok("del", "empty");
        cli.fails(ExitCode.NOT_FOUND, "get", "empty");
        assertThat(cli.ok("count")).isEqualTo("2\n");
        String dump = dir.resolve("all.dump.gz").toString();
        cli.ok("export", dump);
        cli.ok("import", dump, "-D", "other", "-t", "hex:0001");
        assertThat(cli.ok("scan", "-D", "other", "-t", "hex:0001")).isEqualTo(cli.ok("scan"));
        assertThat(cli.ok("tables", "--count"))
                .isEqualTo("main\tdefault\t2\nother\ttext:\\x00\\x01\t2\n");
        JsonText.assertObject(cli.ok("stat", "--json", "--shards"), "info", "totals", "shards");
        assertThat(cli.input("put a 1\nscan --prefix a\n").ok("shell")).isEqualTo("a\t1\n");
        assertThat(cli.ok("scan", "--reverse", "--limit", "2", "--keys-only"))
                .isEqualTo("greeting\na\n");
        assertThat(cli.fails(ExitCode.DATABASE, "init", dir.resolve("db").toString()))
                .contains("already");
    }

    @Test
    void pathsThatAreNoDatabaseAreLeftAlone() throws IOException {
        Cli cli = cli();
        assertThat(cli.fails(ExitCode.DATABASE, "count")).contains("jetdb init");
        assertThat(dir.resolve("db")).doesNotExist();
        Path file = Files.writeString(dir.resolve("file"), "mine");
        assertThat(cli.fails(ExitCode.DATABASE, "count", "--db", file.toString())).contains("file");
        assertThat(cli.fails(ExitCode.DATABASE, "init", file.toString())).contains("file");
        Path foreign = Files.createDirectory(dir.resolve("foreign"));
        Files.writeString(foreign.resolve("letter.txt"), "mine");
        assertThat(cli.fails(ExitCode.DATABASE, "init", foreign.toString())).contains("foreign");
        assertThat(file).hasContent("mine");
        assertThat(foreign.resolve("letter.txt")).hasContent("mine");
        try (var files = Files.list(foreign)) {
            assertThat(files).hasSize(1);
        }
    }

    /** One or two lines, the documented exit code, no stack trace, and nothing harmed. */
    @Test
    void databasesThatCannotBeOpenedSayWhy() throws IOException {
        Cli cli = cli();
        Path db = dir.resolve("db");
        cli.ok("init", db.toString(), "--vnodes", "2");
        cli.ok("put", "k", "v");
        Path identity = db.resolve("JDB");
        byte[] before = Files.readAllBytes(identity);
        byte[] newer = before.clone();
        newer[8] = 9;
        Files.write(identity, newer);
        assertShort(cli.fails(ExitCode.DATABASE, "get", "k"), "format 9", "newer");
        assertShort(cli.fails(ExitCode.DATABASE, "init", db.toString()), "format 9");
        newer[8] = 0;
        Files.write(identity, newer);
        assertShort(cli.fails(ExitCode.DATABASE, "get", "k"), "JDB is damaged", "copy");
        Files.write(identity, before);
        Path values = db.resolve("vnode-1/values");
        Files.move(values, dir.resolve("away"));
        assertShort(cli.fails(ExitCode.DATABASE, "get", "k"), values.toString(), "missing");
        Files.move(dir.resolve("away"), values);
        Files.writeString(db.resolve("notes"), "mine");
        assertShort(cli.fails(ExitCode.DATABASE, "get", "k"), "notes");
        Files.delete(db.resolve("notes"));
        assertShort(cli.fails(ExitCode.DATABASE, "init", dir.resolve("a/b").toString()), "parent");
        assertShort(cli.fails(ExitCode.USAGE, "get", "k", "--memory", "100k"), "memory");
        assertThat(cli.ok("get", "k")).isEqualTo("v\n");
    }

    private static void assertShort(String said, String... parts) {
        assertThat(said).contains(parts);
        assertThat(said.lines().count()).isLessThanOrEqualTo(2);
    }

    @Test
    void aDatabaseInUseNamesItsHolder() {
        try (Jdb held = Jdb.open(dir.resolve("db"), JdbOptions.defaults().withMemory(64 << 20))) {
            assertThat(held.path()).isEqualTo(dir.resolve("db"));
            assertThat(cli().fails(ExitCode.DATABASE, "count"))
                    .contains("open already", "process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void statSaysWhatEachCounterCounts() {
        Cli cli = cli();
        cli.ok("init", dir.resolve("db").toString());
        String text = cli.ok("stat");
        String json = cli.ok("stat", "--json");
        for (StatName name : StatName.values()) {
            assertThat(text.lines())
                    .anyMatch(l -> l.startsWith(name.key() + " ") && l.endsWith(name.meaning()));
            assertThat(json).contains("\"" + name.key() + "\":");
        }
    }

    @Test
    void benchmarksFindNoErrors() {
        String out =
                cli().ok(
                                "bench",
                                "kv",
                                "--n",
                                "20000",
                                "--threads",
                                "2",
                                "--memory",
                                "96m",
                                "--json",
                                "-w",
                                "fillrandom,overwrite,readrandom,readmissing,readseq,seekrandom,readwhilewriting,fillsync,fillseq,readseq",
                                "--dir",
                                dir.resolve("bench").toString(),
                                "--reads",
                                "2000");
        assertThat(out.lines())
                .hasSize(10)
                .allMatch(line -> line.contains("\"errors\":0,"), "without errors");
    }

    @Test
    void theDemoWorksTwice() {
        for (int run = 0; run < 2; run++) {
            assertThat(cli().ok("demo", "--dir", dir.resolve("demo").toString()))
                    .contains("Seattle   2015-12, 284.5 mm")
                    .contains("the same 3 answers");
        }
    }
}
