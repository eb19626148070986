package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * put, get, del, scan, count, tables, stat: what they print, what they answer, and how they fail.
 */
class CommandsTest {
    @TempDir private Path dir;

    private Cli cli = new Cli(new MemJdb.Disk(), Path.of(""));

    @BeforeEach
    void makeDatabase() {
        cli = new Cli(new MemJdb.Disk(), dir.resolve("db"));
        cli.ok("init", dir.resolve("db").toString());
    }

    @Test
    void whatIsPutIsGot() {
        cli.ok("put", "greeting", "hello, world");
        assertThat(cli.ok("get", "greeting")).isEqualTo("hello, world\n");
        assertThat(cli.ok("get", "greeting", "--format", "hex"))
                .isEqualTo("hex:68656c6c6f2c20776f726c64\n");
        assertThat(cli.ok("get", "greeting", "--format", "base64"))
                .isEqualTo("base64:aGVsbG8sIHdvcmxk\n");
        assertThat(cli.ok("get", "greeting", "--format", "raw")).isEqualTo("hello, world");
        assertThat(cli.ok("get", "greeting", "--json"))
                .isEqualTo("{\"key\":\"greeting\",\"value\":\"hello, world\"}\n");
        cli.ok("put", "--sync", "greeting", "bye");
        assertThat(cli.ok("get", "greeting")).isEqualTo("bye\n");
    }

    @Test
    void binaryIsPutAndGotWhole() {
        cli.ok("put", "hex:0001", "base64:AP8=");
        assertThat(cli.ok("get", "text:\\x00\\x01")).isEqualTo("text:\\x00\\xff\n");
        cli.ok("get", "hex:0001", "--format", "raw");
        assertThat(cli.outBytes).isEqualTo(new byte[] {0, (byte) 0xFF});
        assertThat(cli.ok("get", "hex:0001", "--json"))
                .isEqualTo("{\"key\":\"\\u0000\\u0001\",\"value\":\"base64:AP8=\"}\n");
    }

    @Test
    void theDatabaseMayBeNamedBeforeOrBehindTheCommand() {
        cli.ok("put", "k", "v");
        String db = dir.resolve("db").toString();
        cli.variables.remove("JETDB_PATH");
        assertThat(cli.ok("--db", db, "get", "k")).isEqualTo("v\n");
        assertThat(cli.ok("get", "k", "--db", db)).isEqualTo("v\n");
        assertThat(cli.input("get k\n").ok("--db", db, "shell")).isEqualTo("v\n");
        assertThat(cli.input("--db " + db + " get k\n").fails(ExitCode.USAGE, "--db", db, "shell"))
                .contains("has opened one");
    }

    @Test
    void theEmptyValueIsAValue() {
        cli.ok("put", "k", "");
        assertThat(cli.ok("get", "k")).isEqualTo("text:\n");
        assertThat(cli.ok("get", "k", "--format", "raw")).isEmpty();
    }

    @Test
    void valuesComeFromInputAndFiles() throws IOException {
        byte[] bytes = HexFormat.of().parseHex("000d0aff");
        cli.input(bytes).ok("put", "a", "-");
        cli.ok("get", "a", "--format", "raw");
        assertThat(cli.outBytes).isEqualTo(bytes);
        Path file = Files.write(dir.resolve("v"), bytes);
        cli.ok("put", "b", "--file", file.toString());
        cli.ok("get", "b", "--format", "raw");
        assertThat(cli.outBytes).isEqualTo(bytes);
        assertThat(
                        cli.fails(
                                ExitCode.USER_FILE,
                                "put",
                                "b",
                                "--file",
                                dir.resolve("none").toString()))
                .contains("none")
                .contains("no such file");
        assertThat(cli.fails(ExitCode.USAGE, "put", "b")).contains("a value is missing");
        cli.fails(ExitCode.USAGE, "put", "b", "v", "--file", file.toString());
        cli.ok("put", "dash", "text:-");
        assertThat(cli.ok("get", "dash")).isEqualTo("text:-\n");
    }

    @Test
    void whatIsNotThereIsExitCodeOne() {
        cli.ok("put", "there", "1");
        assertThat(cli.fails(ExitCode.NOT_FOUND, "get", "nowhere"))
                .contains("no key nowhere in main/default");
        assertThat(cli.outBytes).isEmpty();
        assertThat(cli.fails(ExitCode.NOT_FOUND, "get", "there", "nowhere")).contains("nowhere");
        assertThat(cli.out()).isEqualTo("there\t1\n");
        cli.fails(ExitCode.NOT_FOUND, "get", "nowhere", "--json");
        assertThat(cli.out()).isEqualTo("{\"key\":\"nowhere\",\"value\":null}\n");
        assertThat(cli.fails(ExitCode.NOT_FOUND, "get", "-t", "notable", "k"))
                .contains("notable")
                .contains("jetdb tables");
        cli.fails(ExitCode.NOT_FOUND, "scan", "-D", "nodatabase");
        cli.fails(ExitCode.NOT_FOUND, "del", "nowhere");
        cli.ok("del", "nowhere", "--if-present");
    }

    @Test
    void deletingRemovesAllThatAreThere() {
        cli.ok("put", "a", "1");
        cli.ok("put", "b", "2");
        assertThat(cli.fails(ExitCode.NOT_FOUND, "del", "a", "x", "b")).contains("no key x");
        assertThat(cli.ok("count")).isEqualTo("0\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                                | a b b1 b2 c",
                "--prefix b                      | b b1 b2",
                "--from b                        | b b1 b2 c",
                "--after b                       | b1 b2 c",
                "--to b2                         | a b b1",
                "--through b2                    | a b b1 b2",
                "--reverse                       | c b2 b1 b a",
                "--limit 2                       | a b",
                "--reverse --limit 2             | c b2",
                "--limit 0                       | ''",
                "--prefix b --from b1            | b1 b2",
                "--prefix b --after b1           | b2",
                "--prefix b --from a             | b b1 b2",
                "--prefix b --to c --through b1  | b b1",
                "--prefix b --to z               | b b1 b2",
                "--from b --after b              | b1 b2 c",
                "--from c --to b                 | ''",
                "--prefix b --reverse --limit 1  | b2",
                "--prefix hex:62                 | b b1 b2",
            })
    void rangesAreThese(String options, String keys) {
        for (String key : List.of("c", "b2", "a", "b", "b1")) {
            cli.ok("put", key, "v" + key);
        }
        String[] words = words(options == null ? "" : options).toArray(String[]::new);
        assertThat(cli.ok(with(words, "scan", "--keys-only")).replace('\n', ' ').strip())
                .isEqualTo(keys);
        StringBuilder rows = new StringBuilder();
        int count = 0;
        for (String key : words(keys)) {
            rows.append(key).append("\tv").append(key).append('\n');
            count++;
        }
        assertThat(cli.ok(with(words, "scan"))).isEqualTo(rows.toString());
        assertThat(cli.ok(with(words, "count"))).isEqualTo(count + "\n");
        assertThat(cli.ok(with(words, "count", "--json"))).isEqualTo("{\"rows\":" + count + "}\n");
    }

    private static List<String> words(String text) {
        return ShellWords.split(text);
    }

    private static String[] with(String[] options, String... command) {
        String[] all = new String[command.length + options.length];
        System.arraycopy(command, 0, all, 0, command.length);
        System.arraycopy(options, 0, all, command.length, options.length);
        return all;
    }

    @Test
    void scanPrintsWhatCanBeGivenBack() {
        cli.ok("put", "hex:00ff", "text:a\\tb\\n");
        String line = cli.ok("scan");
        assertThat(line).isEqualTo("text:\\x00\\xff\ttext:a\\tb\\n\n");
        String[] row = line.strip().split("\t", 2);
        assertThat(cli.ok("get", row[0])).isEqualTo(row[1] + "\n");
        assertThat(cli.ok("scan", "--json"))
                .isEqualTo("{\"key\":\"base64:AP8=\",\"value\":\"a\\tb\\n\"}\n");
        assertThat(cli.ok("scan", "--json", "--keys-only"))
                .isEqualTo("{\"key\":\"base64:AP8=\"}\n");
        cli.fails(ExitCode.USAGE, "scan", "--json", "--format", "hex");
    }

    @Test
    void tablesAreListedWhateverTheirNames() {
        cli.ok("put", "-D", "app", "-t", "hex:00", "k", "v");
        cli.ok("put", "-D", "app", "-t", "people", "k", "v");
        cli.ok("put", "k", "v");
        assertThat(cli.ok("tables")).isEqualTo("app\ttext:\\x00\napp\tpeople\nmain\tdefault\n");
        assertThat(cli.ok("tables", "--count")).contains("app\tpeople\t1\n");
        assertThat(cli.ok("tables", "--json"))
                .startsWith(
                        "{\"database\":\"app\",\"table\":\"\\u0000\"}\n{\"database\":\"app\",\"table\":\"people\"}\n");
    }

    @Test
    void statIsForPeopleAndForPrograms() {
        assertThat(cli.ok("stat")).contains("driver");
        String json = cli.ok("stat", "--json", "--shards");
        JsonText.assertObject(json, "info", "totals", "shards");
    }

    @Test
    void aReaderThatGoesAwayIsNoError() {
        for (int i = 0; i < 5000; i++) {
            cli.ok(
                    "put",
                    "key" + i,
                    "value of some length, so that the buffer is full more than once");
            if (i == 999) {
                break;
            }
        }
        assertThat(cli.runInto(Cli.closedAfter(100), "scan")).isZero();
        assertThat(cli.err).isEmpty();
        assertThat(cli.runInto(Cli.closedAfter(0), "get", "key1")).isZero();
        assertThat(cli.err).isEmpty();
        assertThat(cli.runInto(Cli.closedAfter(0), "--help")).isZero();
        assertThat(cli.err).isEmpty();
        assertThat(cli.runInto(Cli.closedAfter(10), "export", "-", "--as", "csv")).isZero();
        assertThat(cli.err).isEmpty();
    }

    @Test
    void badKeysAreUsageErrors() {
        assertThat(cli.fails(ExitCode.USAGE, "put", "hex:0", "v"))
                .contains("KEY")
                .contains("two digits");
        assertThat(cli.fails(ExitCode.USAGE, "put", "", "v")).contains("key");
        assertThat(cli.fails(ExitCode.USAGE, "put", "k".repeat(1025), "v"))
                .contains("1024")
                .contains("1025");
        assertThat(cli.fails(ExitCode.USAGE, "put", "-t", "", "k", "v")).contains("name");
        assertThat(cli.fails(ExitCode.USAGE, "put", "k", "v", "--memory", "lots"))
                .contains("--memory")
                .contains("lots");
    }

    @Test
    void initMakesOnlyWhatIsNotThere() throws IOException {
        String db = dir.resolve("db").toString();
        Files.createDirectories(dir.resolve("db").resolve("x"));
        assertThat(cli.fails(ExitCode.DATABASE, "init", db)).contains("already");
        cli.ok("init", db, "--if-missing");
        Path file = Files.writeString(dir.resolve("file"), "text");
        assertThat(cli.fails(ExitCode.DATABASE, "init", file.toString())).contains("file");
        assertThat(file).hasContent("text");
        cli.ok("init", Files.createDirectory(dir.resolve("empty")).toString());
        assertThat(cli.err).contains("export JETDB_PATH=");
    }

    @Test
    void aPathThatIsNoDatabaseIsExitCodeThree() {
        assertThat(cli.fails(ExitCode.DATABASE, "count", "--db", dir.resolve("none").toString()))
                .contains("none")
                .contains("jetdb init");
        assertThat(dir.resolve("none")).doesNotExist();
    }
}
