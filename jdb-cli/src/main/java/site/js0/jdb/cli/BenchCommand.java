package site.js0.jdb.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The benchmarks. */
@Command(
        name = "bench",
        header = "Measure the engine (kv), or its I/O layer (io).",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {"  jetdb bench kv --n 1000000", "  jetdb bench io", "  jetdb bench kv --help"})
final class BenchCommand implements Callable<Integer> {
    @Spec private @Nullable CommandSpec spec;

    @Mixin HelpArgs help = new HelpArgs();

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(spec.commandLine().getErr());
        }
        return ExitCode.USAGE;
    }
}
