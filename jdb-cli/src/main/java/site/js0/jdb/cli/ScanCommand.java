package site.js0.jdb.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.ScanRange;

/** Lists a range of keys and values. */
@Command(
        name = "scan",
        header = "List keys and values in the order of the keys.",
        description = {
            "",
            "Prints each key, a tab and its value, of the state at one moment. The order is that of unsigned bytes."
                    + " Without options: everything.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb scan --limit 10",
            "  jetdb scan --prefix user: --keys-only",
            "  jetdb scan --prefix cols:Seattle,2012-07    composite keys: Seattle, July 2012",
            "  jetdb scan --from a --to b                  keys >= a and < b",
            "  jetdb scan --reverse --limit 1 --json       the last row, as JSON",
            "  jetdb scan | head -3                        ends quietly when nobody reads on",
        })
final class ScanCommand extends DbCommand {
    @Mixin private TableArgs table = new TableArgs();

    @Mixin private RangeArgs range = new RangeArgs();

    @Mixin private FormatArgs format = new FormatArgs();

    @Option(
            names = {"-k", "--keys-only"},
            description = "Keys without values; reads less.")
    private boolean keysOnly;

    ScanCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        RowPrinter printer = format.printer(env);
        ScanRange wanted = keysOnly ? range.range().keysOnly() : range.range();
        try (Scan scan = table.existing(env, jdb).scan(wanted)) {
            while (scan.next()) {
                if (Thread.interrupted()) { // Ctrl-C in the shell
                    throw new CliException(ExitCode.INTERRUPTED, "interrupted", "");
                }
                if (keysOnly) {
                    printer.key(scan.key());
                } else {
                    printer.row(scan.key(), scan.value());
                }
            }
        }
        return ExitCode.OK;
    }
}
