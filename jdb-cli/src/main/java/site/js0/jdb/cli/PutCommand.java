package site.js0.jdb.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;

/** Stores a value. */
@Command(
        name = "put",
        header = "Store a value under a key.",
        description = {
            "",
            "Replaces the value that is there. When the command ends well, the value survives the death of the process;"
                    + " with --sync it survives a power failure too. Keys have 1 to 1024 bytes, values 0 to 64 MiB.",
            "",
            "Keys, values and names are taken as they are, in UTF-8, unless they begin with",
            "  hex:00ff        two digits a byte",
            "  base64:AP8=     base64, also the URL-safe kind",
            "  text:a\\x00\\n    text with escapes: \\\\ \\n \\r \\t \\0 \\xHH (a byte) \\uHHHH (a character)",
            "  cols:a,b        the columns of a composite key, as import --key a,b makes them",
            "and what commands print can be given back to them.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb put greeting 'hello, world'",
            "  jetdb put hex:0001 base64:AP8=          binary key, binary value",
            "  jetdb put text:a\\\\tb ''                 a tab in the key; the empty value",
            "  jetdb put photo - < photo.jpg           the value from standard input",
            "  jetdb put photo --file photo.jpg        ... or from a file",
            "  jetdb put -t people -- -x 1             a key that begins with a dash",
        })
final class PutCommand extends DbCommand {
    private static final int VALUE_BYTES_MAX = 64 << 20;

    @Mixin private TableArgs table = new TableArgs();

    @Parameters(index = "0", paramLabel = "KEY", description = "The key.")
    private String key = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "VALUE",
            description = "The value; - reads it from standard input, as it is.")
    private @Nullable String value;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description = "Read the value from this file, as it is.")
    private @Nullable Path file;

    @Option(names = "--sync", description = "Wait until it would survive a power failure.")
    private boolean sync;

    PutCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) throws IOException {
        byte[] keyBytes = Arguments.bytes("KEY", key);
        byte[] valueBytes = valueBytes();
        Table target = table.make(env, jdb);
        if (sync) {
            target.putSync(keyBytes, valueBytes);
        } else {
            target.put(keyBytes, valueBytes);
        }
        return ExitCode.OK;
    }

    private byte[] valueBytes() throws IOException {
        if ((value == null) == (file == null)) {
            throw CliException.usage(
                    value == null ? "a value is missing" : "VALUE and --file cannot go together",
                    "Give one: jetdb put KEY VALUE, jetdb put KEY - (standard input), or jetdb put KEY --file FILE");
        }
        if (file != null) {
            try (InputStream in = Files.newInputStream(file)) {
                return readAll(in, file.toString());
            }
        }
        return "-".equals(value)
                ? readAll(env.in, "standard input")
                : Arguments.bytes("VALUE", String.valueOf(value));
    }

    private static byte[] readAll(InputStream in, String what) throws IOException {
        byte[] bytes = in.readNBytes(VALUE_BYTES_MAX + 1);
        if (bytes.length > VALUE_BYTES_MAX) {
            throw CliException.usage(
                    what + ": expected a value of at most 64 MiB, got more",
                    "Split it over several keys.");
        }
        return bytes;
    }
}
