package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbOptions;

/** Files in, files out. */
class ImportExportTest {
    private static final String PEOPLE =
            "id,name,age\n1,Ada,36\n2,\"Lovelace, A\",007\n3,\"a \"\"b\"\"\nc\",\n";

    @TempDir private Path dir;

    private Cli cli = new Cli(new MemJdb.Disk(), Path.of(""));

    @BeforeEach
    void makeDatabase() {
        cli = new Cli(new MemJdb.Disk(), dir.resolve("db"));
        cli.ok("init", dir.resolve("db").toString());
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(dir.resolve(name), content).toString();
    }

    @Test
    void aCsvRowBecomesAnObject() throws IOException {
        cli.ok("import", file("p.csv", PEOPLE), "--key", "id", "-t", "people");
        assertThat(cli.err).contains("Imported 3 rows").contains("main/people");
        assertThat(cli.ok("get", "-t", "people", "1", "2", "--format", "raw"))
                .isEqualTo(
                        "1\t{\"id\":1,\"name\":\"Ada\",\"age\":36}\n2\t{\"id\":2,\"name\":\"Lovelace, A\",\"age\":\"007\"}\n");
        cli.ok("export", dir.resolve("out.csv").toString(), "--rows", "-t", "people");
        assertThat(dir.resolve("out.csv")).hasContent(PEOPLE);
        cli.ok("import", file("q.csv", PEOPLE), "--key", "id", "--strings", "-t", "strings");
        assertThat(cli.ok("get", "-t", "strings", "1"))
                .isEqualTo("{\"id\":\"1\",\"name\":\"Ada\",\"age\":\"36\"}\n");
    }

    @Test
    void severalColumnsMakeOneKey() throws IOException {
        cli.ok(
                "import",
                file("p.csv", "a,b,v\nx,y,1\nx,z,2\nxy,,3\n"),
                "--key",
                "a,b",
                "--value",
                "v");
        assertThat(cli.ok("scan")).isEqualTo("cols:x,y\t1\ncols:x,z\t2\ncols:xy,\t3\n");
        assertThat(cli.ok("scan", "--prefix", "cols:x,")).isEqualTo("cols:x,y\t1\ncols:x,z\t2\n");
        assertThat(cli.ok("get", "cols:xy,")).isEqualTo("3\n");
    }

    @Test
    void otherDelimitersAndLineEndsAreRead() throws IOException {
        cli.ok(
                "import",
                file("p.tsv", "\ufeffid\tname\r\n1\ta,b\r\n"),
                "--key",
                "id",
                "--value",
                "name");
        cli.ok(
                "import",
                file("p.csv", "id;name\n2;c,d"),
                "--key",
                "id",
                "--value",
                "name",
                "--delimiter",
                ";");
        assertThat(cli.ok("scan")).isEqualTo("1\ta,b\n2\tc,d\n");
        cli.fails(
                ExitCode.USAGE,
                "import",
                dir.resolve("p.csv").toString(),
                "--key",
                "id",
                "--delimiter",
                "ab");
    }

    @Test
    void columnsOfAnyBytesAreRead() throws IOException {
        byte[] csv = "id,v\n1,\u00ff\n".getBytes(StandardCharsets.ISO_8859_1);
        Path file = Files.write(dir.resolve("p.csv"), csv);
        cli.ok("import", file.toString(), "--key", "id", "--value", "v");
        assertThat(cli.ok("get", "1")).isEqualTo("text:\\xff\n");
        assertThat(cli.fails(ExitCode.USER_FILE, "import", file.toString(), "--key", "id"))
                .contains("line 2")
                .contains("UTF-8");
    }

    @Test
    void linesOfNdjsonAreKeptAsTheyStand() throws IOException {
        String lines =
                "{\"id\": 7, \"name\":\"Ada\", \"more\":{\"id\":1}}\n\n{\"name\":\"B\\u00e9\",\"id\":\"x\"}\r\n";
        cli.ok("import", file("p.ndjson", lines), "--key", "id");
        assertThat(cli.ok("get", "7"))
                .isEqualTo("{\"id\": 7, \"name\":\"Ada\", \"more\":{\"id\":1}}\n");
        assertThat(cli.ok("scan", "--keys-only")).isEqualTo("7\nx\n");
        cli.ok("import", file("q.jsonl", lines), "--key", "name,id", "--value", "name", "-t", "q");
        assertThat(cli.ok("scan", "-t", "q")).isEqualTo("cols:Ada,7\tAda\ncols:Bé,x\tBé\n");
        assertThat(cli.ok("export", "-", "--as", "ndjson", "--rows"))
                .isEqualTo(
                        "{\"id\":7,\"name\":\"Ada\",\"more\":{\"id\":1}}\n{\"name\":\"Bé\",\"id\":\"x\"}\n");
    }

    @Test
    void badLinesEndTheImportAndSayWhere() throws IOException {
        String bad = file("p.csv", "id,v\n1,a\n2\n3,c\n,d\n4,\"x\"y\n5,e\n");
        String said = cli.fails(ExitCode.USER_FILE, "import", bad, "--key", "id");
        assertThat(said)
                .contains("p.csv, line 3: expected 2 cells")
                .contains("What is before it is imported, 1 row.")
                .contains("--skip-bad");
        assertThat(cli.ok("count")).isEqualTo("1\n");
        String json = cli.ok("import", bad, "--key", "id", "--skip-bad", "--json");
        assertThat(JsonText.field(json, "rows")).isEqualTo("3");
        assertThat(JsonText.field(json, "badRows")).isEqualTo("3");
        assertThat(cli.err)
                .contains("line 3:")
                .contains("line 5: expected a key of 1 to 1024 bytes, got 0")
                .contains("line 6:");
        assertThat(cli.ok("scan", "--keys-only")).isEqualTo("1\n3\n5\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"v\":1}",
                "[1]",
                "{\"id\":null}",
                "{\"id\":{}}",
                "{\"id\":1} {\"id\":2}",
                "{\"id\":1",
                "id",
                "\"x\"",
                "{\"id\":1,\"id\":2}",
                "{\"id\":\"\\ud800\"}",
                "{\"id\":\"\"}",
                "{\"id\":01}",
                "{'id':1}"
            })
    void badJsonIsRefusedWithItsLine(String line) throws IOException {
        String file = file("p.ndjson", "{\"id\":1}\n" + line + "\n{\"id\":3}\n");
        assertThat(cli.fails(ExitCode.USER_FILE, "import", file, "--key", "id"))
                .contains("p.ndjson, line 2:");
        cli.ok("import", file, "--key", "id", "--skip-bad");
        assertThat(cli.ok("scan", "--keys-only")).isEqualTo("1\n3\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "out.csv",
                "out.tsv",
                "out.ndjson",
                "out.dump",
                "out.csv.gz",
                "out.ndjson.gz",
                "out.dump.gz"
            })
    void everyFormatKeepsAnyBytes(String name) {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        try (Jdb jdb = cli.opener.open(dir.resolve("db"), JdbOptions.defaults())) {
            Table table = jdb.database("main").table("default");
            for (int i = 0; i < 300; i++) {
                byte[] key = new byte[1 + random.nextInt(8)];
                byte[] value = new byte[random.nextInt(40)];
                random.nextBytes(key);
                random.nextBytes(value);
                table.put(key, value);
            }
            for (String text :
                    List.of(
                            "hex:00",
                            "base64:",
                            "text:x",
                            "cols:a,b",
                            "\"",
                            ",",
                            "\n",
                            "\r\n",
                            "\t",
                            "-",
                            "é",
                            "\ufeff")) {
                table.put(
                        (text + "!").getBytes(StandardCharsets.UTF_8),
                        text.getBytes(StandardCharsets.UTF_8));
            }
        }
        String out = dir.resolve(name).toString();
        cli.ok("export", out);
        cli.ok("import", out, "-t", "copy", "--batch", "7");
        assertThat(cli.ok("scan", "-t", "copy", "--format", "hex"))
                .as("seed %d", seed)
                .isEqualTo(cli.ok("scan", "--format", "hex"))
                .hasLineCount(Integer.parseInt(cli.ok("count").strip()));
    }

    @Test
    void pipesWork() throws IOException {
        cli.input("id,v\n1,a\n").ok("import", "-", "--as", "csv", "--key", "id", "--value", "v");
        assertThat(cli.ok("export", "-", "--as", "csv")).isEqualTo("key,value\n1,a\n");
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write("{\"key\":\"2\",\"value\":\"b\"}\n".getBytes(StandardCharsets.UTF_8));
        }
        cli.input(zipped.toByteArray()).ok("import", "-", "--as", "ndjson");
        assertThat(cli.ok("scan")).isEqualTo("1\ta\n2\tb\n");
        assertThat(cli.fails(ExitCode.USAGE, "import", "-")).contains("--as");
        assertThat(cli.fails(ExitCode.USAGE, "export", "-")).contains("--as");
    }

    @Test
    void fileErrorsNameTheFile() throws IOException {
        assertThat(
                        cli.fails(
                                ExitCode.USER_FILE,
                                "import",
                                dir.resolve("none.csv").toString(),
                                "--key",
                                "id"))
                .contains("none.csv")
                .contains("no such file");
        assertThat(cli.fails(ExitCode.USAGE, "import", file("p.csv", "a,b\n"), "--key", "id"))
                .contains("no column id")
                .contains("a, b");
        assertThat(cli.fails(ExitCode.USER_FILE, "import", file("p.csv", "a,b\n")))
                .contains("--key");
        assertThat(cli.fails(ExitCode.USER_FILE, "import", file("e.csv", ""), "--key", "id"))
                .contains("empty");
        assertThat(cli.fails(ExitCode.USER_FILE, "import", file("p.dump", "no dump")))
                .contains("JDBDUMP");
        assertThat(
                        cli.fails(
                                ExitCode.USER_FILE,
                                "import",
                                file("d.csv", "a,a\n1,2\n"),
                                "--key",
                                "a"))
                .contains("once");
        Path cut = Files.write(dir.resolve("cut.csv.gz"), new byte[] {0x1F, (byte) 0x8B, 8, 0});
        cli.fails(ExitCode.USER_FILE, "import", cut.toString(), "--key", "id");
    }

    @Test
    void exportOverwritesNothingUnasked() throws IOException {
        cli.ok("put", "k", "v");
        String out = file("out.csv", "mine");
        assertThat(cli.fails(ExitCode.USER_FILE, "export", out)).contains("--force");
        assertThat(dir.resolve("out.csv")).hasContent("mine");
        cli.ok("export", out, "--force");
        assertThat(dir.resolve("out.csv")).hasContent("key,value\nk,v\n");
    }

    @Test
    void exportOfRowsNeedsObjects() {
        cli.ok("put", "a", "{\"x\":1}");
        cli.ok("put", "b", "no json");
        cli.ok("put", "c", "{\"x\":2,\"y\":[1, {}]}");
        String out = dir.resolve("out.csv").toString();
        assertThat(cli.fails(ExitCode.USER_FILE, "export", out, "--rows"))
                .contains("key b")
                .contains("JSON object");
        assertThat(dir.resolve("out.csv")).doesNotExist();
        cli.ok("export", out, "--rows", "--skip-bad", "--columns", "y,x");
        assertThat(dir.resolve("out.csv")).hasContent("y,x\n,1\n\"[1,{}]\",2\n");
    }

    @Test
    void aFieldThatTheFirstRowLacksIsNotLost() {
        cli.ok("put", "a", "{\"x\":1}");
        cli.ok("put", "b", "{\"x\":2,\"y\":3}");
        assertThat(cli.fails(ExitCode.USER_FILE, "export", "-", "--as", "csv", "--rows"))
                .contains("--columns");
    }
}
