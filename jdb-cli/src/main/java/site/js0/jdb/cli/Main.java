package site.js0.jdb.cli;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Entry point of {@code jetdb}: finds the command that the arguments name and runs it. */
@Command(
        name = "jetdb",
        description = "Command line of the JDB storage engine.",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true)
public final class Main implements Callable<Integer> {
    /** Filled in by picocli before {@link #call}. */
    @Spec private @Nullable CommandSpec spec;

    private Main() {}

    /** Runs one command; the process ends with its exit code. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    /** The whole command tree, ready to execute; tests give it their own output. */
    static CommandLine commandLine() {
        return new CommandLine(new Main());
    }

    /** Without a command there is nothing to do but to say what there is. */
    @Override
    public Integer call() {
        CommandLine self = requireNonNull(spec).commandLine();
        self.usage(self.getOut());
        return CommandLine.ExitCode.USAGE;
    }
}
