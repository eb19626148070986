package site.js0.jdb.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.cli.data.CsvRows;
import site.js0.jdb.cli.demo.WeatherQuestions;
import site.js0.jdb.cli.demo.WeatherQuestions.Answer;
import site.js0.jdb.comm.JdbOptions;

/** Shows it at work on real data. */
@Command(
        name = "demo",
        header = "See it work: import real weather data, ask, close, open, ask again.",
        description = {
            "",
            "Imports two public tables of NOAA (they come with the program): daily weather of Seattle and New York,"
                    + " 2012 to 2015, and Seattle's hourly climate normals. Then it answers three questions by reading"
                    + " ranges of keys, closes the database, opens it again, answers them once more and compares. The"
                    + " database is kept, to be played with; doing it twice does no harm.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {"  jetdb demo", "  jetdb demo --dir /tmp/weather"})
final class DemoCommand implements Callable<Integer> {
    private static final String DATABASE = "weather";
    private static final long DAILY_ROWS = 2_922;
    private static final long HOURLY_ROWS = 8_759;

    private final Env env;

    @Option(
            names = "--dir",
            paramLabel = "PATH",
            description = "Where the database is made. Default: ./jetdb-demo")
    private Path directory = Path.of("jetdb-demo");

    @Mixin HelpArgs help = new HelpArgs();

    DemoCommand(Env env) {
        this.env = env;
    }

    @Override
    public Integer call() throws IOException {
        List<Answer> first;
        try (Jdb jdb = open("Made or opened")) {
            load(jdb, "daily", "weather.csv.gz", List.of("location", "date"), DAILY_ROWS);
            load(jdb, "hourly", "hourly-normals.csv.gz", List.of("date"), HOURLY_ROWS);
            env.out.line("");
            first = ask(jdb);
            for (Answer answer : first) {
                env.out.line(answer.question() + "  [" + answer.read() + "]");
                answer.lines().forEach(line -> env.out.line("  " + line));
            }
            env.out.line("");
        }
        env.out.line("Closed it.");
        try (Jdb jdb = open("Opened")) {
            List<Answer> second = ask(jdb);
            if (!second.equals(first)) {
                throw new CliException(
                        ExitCode.WRONG_ANSWERS,
                        "the answers changed over a close and open: " + first + ", " + second,
                        "");
            }
        }
        env.out.line("Asked again: the same " + first.size() + " answers.");
        sayWhatNext();
        return ExitCode.OK;
    }

    private Jdb open(String verb) {
        long start = System.nanoTime();
        Jdb jdb =
                env.opener.open(
                        directory,
                        JdbOptions.defaults()
                                .withMemory(
                                        Math.min(128L << 20, JdbOptions.defaults().memoryBytes())));
        env.out.line(
                String.format(
                        Locale.ROOT,
                        "%s the database %s in %.0f ms.",
                        verb,
                        directory,
                        (System.nanoTime() - start) / 1e6));
        env.out.flush();
        return jdb;
    }

    private void load(Jdb jdb, String table, String resource, List<String> keys, long rowsExpected)
            throws IOException {
        long start = System.nanoTime();
        InputStream packed = DemoCommand.class.getResourceAsStream("/demo/" + resource);
        if (packed == null) {
            throw new CliException(
                    ExitCode.INTERNAL, "the program lacks its file " + resource, "Build it again.");
        }
        Importer importer =
                new Importer(jdb, jdb.database(DATABASE).table(table), 1000, false, rows -> {});
        try (CsvRows rows = new CsvRows(new GZIPInputStream(packed), ',', keys, null, false)) {
            importer.run(rows, resource);
        }
        long found = CountCommand.count(env, jdb.database(DATABASE).table(table), ScanRange.all());
        if (importer.rows() != rowsExpected || found != rowsExpected) {
            throw new CliException(
                    ExitCode.WRONG_ANSWERS,
                    "expected "
                            + rowsExpected
                            + " rows in "
                            + table
                            + ", imported "
                            + importer.rows()
                            + ", counted "
                            + found,
                    "");
        }
        env.out.line(
                String.format(
                        Locale.ROOT,
                        "Imported %,d rows into %s/%s in %.0f ms, key: %s.",
                        importer.rows(),
                        DATABASE,
                        table,
                        (System.nanoTime() - start) / 1e6,
                        String.join(" and ", keys)));
        env.out.flush();
    }

    private static List<Answer> ask(Jdb jdb) {
        Database weather = jdb.database(DATABASE);
        return new WeatherQuestions(weather.table("daily"), weather.table("hourly")).ask();
    }

    private void sayWhatNext() {
        env.out.line("");
        env.out.line(
                "The data is kept in "
                        + directory
                        + " (remove it as you would any directory). Try:");
        env.out.line("  export JETDB_PATH=" + directory);
        env.out.line("  jetdb tables --count");
        env.out.line("  jetdb get -D weather -t daily 'cols:Seattle,2015-07-04'");
        env.out.line("  jetdb scan -D weather -t daily --prefix 'cols:New York,2012-10' --limit 5");
        env.out.line(
                "  jetdb export - -D weather -t daily --as csv --rows --prefix cols:Seattle,2015-12");
        env.out.line("  jetdb shell");
        env.out.line("Data: NOAA, in the public domain; see SOURCE.md beside it in the sources.");
    }
}
