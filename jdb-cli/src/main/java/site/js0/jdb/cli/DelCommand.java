package site.js0.jdb.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;

/** Removes keys. */
@Command(
        name = "del",
        header = "Remove a key, or several.",
        description = {
            "",
            "A key that is not there is named on standard error, and the exit code is 1; the others are removed all the"
                    + " same.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb del greeting",
            "  jetdb del a b c",
            "  jetdb del hex:0001 --sync     removed for good, power failure or not",
            "  jetdb del maybe --if-present  no error when there is none",
        })
final class DelCommand extends DbCommand {
    @Mixin private TableArgs table = new TableArgs();

    @Parameters(
            arity = "1..*",
            paramLabel = "KEY",
            description = "The keys; see 'jetdb put --help' for binary ones.")
    private List<String> keys = new ArrayList<>();

    @Option(names = "--sync", description = "Wait until it would survive a power failure.")
    private boolean sync;

    @Option(names = "--if-present", description = "A key that is not there is no error.")
    private boolean ifPresent;

    DelCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        List<byte[]> wanted = new ArrayList<>(keys.size());
        for (String key : keys) {
            wanted.add(Arguments.bytes("KEY", key));
        }
        Table target = table.existing(env, jdb);
        int code = ExitCode.OK;
        for (int i = 0; i < keys.size(); i++) {
            if (!target.remove(wanted.get(i)) && !ifPresent) {
                env.err.println("jetdb: no key " + keys.get(i) + " in " + table.label(env));
                code = ExitCode.NOT_FOUND;
            }
        }
        if (sync) {
            jdb.flush();
        }
        return code;
    }
}
