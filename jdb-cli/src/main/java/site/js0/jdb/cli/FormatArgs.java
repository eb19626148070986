package site.js0.jdb.cli;

import picocli.CommandLine.Option;
import site.js0.jdb.cli.text.ByteText.Format;

/** Options that say how keys and values are printed. */
final class FormatArgs {
    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            description =
                    "text (as it is when readable, else with escapes), hex, base64, or raw (the bytes, nothing"
                            + " escaped). All but raw can be given back as arguments. Default: text.")
    private Format format = Format.TEXT;

    @Option(
            names = "--json",
            description = "Print JSON, one object a line; binary data as base64:...")
    private boolean json;

    RowPrinter printer(Env env) {
        if (json && format != Format.TEXT) {
            throw CliException.usage(
                    "--json and --format cannot go together", "Leave one of them out.");
        }
        return new RowPrinter(env.out, format, json);
    }

    boolean isJson() {
        return json;
    }
}
