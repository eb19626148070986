package site.js0.jdb.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;

/** Reads values. */
@Command(
        name = "get",
        header = "Read the value of a key, or of several.",
        description = {
            "",
            "One key: prints its value. Several: prints each key, a tab and its value. A key that is not there is named"
                    + " on standard error, and the exit code is 1.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb get greeting",
            "  jetdb get photo --format raw > photo.jpg    the exact bytes",
            "  jetdb get a b c --json                      one JSON object a line, null where there is none",
            "  jetdb get 'cols:Seattle,2012-01-01'         a composite key",
            "  jetdb get greeting >/dev/null && echo yes   is it there?",
        })
final class GetCommand extends DbCommand {
    @Mixin private TableArgs table = new TableArgs();

    @Mixin private FormatArgs format = new FormatArgs();

    @Parameters(
            arity = "1..*",
            paramLabel = "KEY",
            description = "The keys; see 'jetdb put --help' for binary ones.")
    private List<String> keys = new ArrayList<>();

    GetCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        RowPrinter printer = format.printer(env);
        List<byte[]> wanted = new ArrayList<>(keys.size());
        for (String key : keys) {
            wanted.add(Arguments.bytes("KEY", key));
        }
        List<byte @Nullable []> values = table.existing(env, jdb).multiGet(wanted);
        int code = ExitCode.OK;
        for (int i = 0; i < keys.size(); i++) {
            byte[] value = values.get(i);
            if (value == null) {
                env.err.println("jetdb: no key " + keys.get(i) + " in " + table.label(env));
                code = ExitCode.NOT_FOUND;
            }
            if (format.isJson() || value != null && keys.size() > 1) {
                printer.row(wanted.get(i), value);
            } else if (value != null) {
                printer.value(value);
            }
        }
        return code;
    }
}
