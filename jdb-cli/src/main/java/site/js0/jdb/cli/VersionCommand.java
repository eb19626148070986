package site.js0.jdb.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says which versions run. */
@Command(
        name = "version",
        header = "Print the versions of jetdb, Java and the system.",
        footerHeading = "%nExamples:%n",
        footer = {"  jetdb version", "  jetdb version --json"})
final class VersionCommand implements Callable<Integer> {
    private final Env env;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    @Mixin HelpArgs help = new HelpArgs();

    VersionCommand(Env env) {
        this.env = env;
    }

    @Override
    public Integer call() throws IOException {
        String version = Version.current();
        String java = System.getProperty("java.vm.name") + " " + Runtime.version();
        String system =
                System.getProperty("os.name")
                        + " "
                        + System.getProperty("os.version")
                        + " "
                        + System.getProperty("os.arch");
        env.out.line(
                json
                        ? "{\"jetdb\":\""
                                + version
                                + "\",\"java\":\""
                                + java
                                + "\",\"system\":\""
                                + system
                                + "\"}"
                        : "jetdb " + version + "\n" + java + "\n" + system);
        return ExitCode.OK;
    }
}
