package site.js0.jdb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Runs {@code jetdb} inside a test: arguments and input in, exit code, output and errors out. */
final class Cli {
    final Opener opener;
    final Map<String, String> variables = new HashMap<>();
    byte[] input = {};

    /** What the last run wrote. */
    byte[] outBytes = {};

    String err = "";

    Cli(Opener opener, Path database) {
        this.opener = opener;
        variables.put("JETDB_PATH", database.toString());
    }

    /** Runs a command; answers its exit code. */
    int run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int code = runInto(out, args);
        outBytes = out.toByteArray();
        return code;
    }

    /** As {@link #run}, the output going to {@code out}. */
    int runInto(OutputStream out, String... args) {
        StringWriter errors = new StringWriter();
        Env env =
                new Env(
                        new ByteArrayInputStream(input),
                        new Output(out, true),
                        new PrintWriter(errors, true),
                        variables,
                        opener,
                        false,
                        false,
                        false);
        int code = Main.commandLine(env).execute(args);
        err = errors.toString();
        input = new byte[0];
        return code;
    }

    /** Runs a command that must end well; answers what it printed. */
    String ok(String... args) {
        int code = run(args);
        assertThat(code).as("exit code of %s; it said: %s", String.join(" ", args), err).isZero();
        return out();
    }

    /** Runs a command that must end with {@code code}; answers what it said on standard error. */
    String fails(int code, String... args) {
        int found = run(args);
        assertThat(found)
                .as("exit code of %s; it said: %s", String.join(" ", args), err)
                .isEqualTo(code);
        assertThat(err).doesNotContain("\tat ").doesNotContain("Exception");
        return err;
    }

    Cli input(String text) {
        return input(text.getBytes(StandardCharsets.UTF_8));
    }

    Cli input(byte[] bytes) {
        input = bytes.clone();
        return this;
    }

    String out() {
        return new String(outBytes, StandardCharsets.UTF_8);
    }

    /** An output whose reader went away after so many bytes. */
    static OutputStream closedAfter(int bytes) {
        return new OutputStream() {
            private int left = bytes;

            @Override
            public void write(int b) throws IOException {
                if (left-- <= 0) {
                    throw new IOException("Broken pipe");
                }
            }
        };
    }
}
