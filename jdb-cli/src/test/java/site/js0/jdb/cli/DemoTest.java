package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The demo on its real data. The answers were computed apart from it, with awk over the CSV files.
 */
class DemoTest {
    @TempDir private Path dir;

    @Test
    void theDemoAnswersItsQuestionsTwice() {
        Path db = dir.resolve("demo");
        Cli cli = new Cli(new MemJdb.Disk(), db);
        for (int run = 0; run < 2; run++) {
            String out = cli.ok("demo", "--dir", db.toString());
            assertThat(out)
                    .contains("Imported 2,922 rows into weather/daily")
                    .contains("Imported 8,759 rows into weather/hourly")
                    .contains("New York  2013-06, 202.1 mm")
                    .contains("Seattle   2015-12, 284.5 mm")
                    .contains(
                            "Seattle    2012-08-16 34.4 C  2013-06-30 33.9 C  2014-08-11 35.6 C  2015-07-19 35.0 C")
                    .contains("coldest at 05:00 (13.6 C), warmest at 16:00 (23.3 C)")
                    .contains("the same 3 answers")
                    .contains("kept in " + db);
        }
        assertThat(cli.ok("get", "-D", "weather", "-t", "daily", "cols:Seattle,2015-07-04"))
                .contains("\"date\":\"2015-07-04\"");
        assertThat(
                        cli.ok(
                                "export",
                                "-",
                                "-D",
                                "weather",
                                "-t",
                                "daily",
                                "--as",
                                "csv",
                                "--rows",
                                "-p",
                                "cols:Seattle,2015-12"))
                .startsWith(
                        "location,date,precipitation,temp_max,temp_min,wind,weather\nSeattle,2015-12-01,")
                .hasLineCount(32);
    }
}
