package site.js0.jdb.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.api.Table;

/** Counts a range of keys. */
@Command(
        name = "count",
        header = "Count the keys of a table, or of a range.",
        description = {
            "",
            "Goes over the keys one by one, so it takes as long as that; values are not read.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb count",
            "  jetdb count -t people --prefix a",
            "  jetdb count --from 2024 --to 2025 --json",
        })
final class CountCommand extends DbCommand {
    private static final int ROWS_PER_REPORT = 4096;

    @Mixin private TableArgs table = new TableArgs();

    @Mixin private RangeArgs range = new RangeArgs();

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    CountCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        long rows = count(env, table.existing(env, jdb), range.range());
        env.out.line(json ? "{\"rows\":" + rows + "}" : Long.toString(rows));
        return ExitCode.OK;
    }

    static long count(Env env, Table table, ScanRange range) {
        long rows = 0;
        try (ProgressBar bar = new ProgressBar(env, "counting", "keys", 0);
                Scan scan = table.scan(range.keysOnly())) {
            while (scan.next()) {
                rows++;
                if (rows % ROWS_PER_REPORT == 0) {
                    bar.at(rows);
                    if (Thread.interrupted()) { // Ctrl-C in the shell
                        throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
                    }
                }
            }
        }
        return rows;
    }
}
