package site.js0.jdb.cli;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;
import site.js0.jdb.cli.data.BadRow;
import site.js0.jdb.cli.data.CsvRows;
import site.js0.jdb.cli.data.DumpReader;
import site.js0.jdb.cli.data.NdjsonRows;
import site.js0.jdb.cli.data.RowReader;

/** Reads a file of rows into a table. */
@Command(
        name = "import",
        header = "Read a CSV, NDJSON or raw dump file into a table.",
        description = {
            "",
            "CSV (RFC 4180, first line names the columns): --key names the column that becomes the key, or several for"
                    + " a composite key; the value is the row as a JSON object, or the column of --value.",
            "NDJSON (one object a line): the same with fields; the value is the line as it stands.",
            "Without --key, both must have the columns key and value, as 'jetdb export' writes them.",
            "Raw: the dump that 'jetdb export --as raw' writes, for any bytes.",
            "",
            "Files may be gzipped. Rows are written in batches, each of which is there as a whole or not at all; when"
                    + " the command ends, everything is on disk. Bad rows end it, or are passed over with --skip-bad.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb import people.csv --key id -t people",
            "  jetdb import weather.csv.gz --key city,date      then: jetdb scan -p cols:Seattle,2012",
            "  jetdb import names.csv --key id --value name     the value is one column",
            "  jetdb import events.ndjson --key id --skip-bad",
            "  zcat log.gz | jetdb import - --as ndjson --key ts",
            "  jetdb import backup.dump -t people",
        })
final class ImportCommand extends DbCommand {
    @Mixin private TableArgs table = new TableArgs();

    @Parameters(paramLabel = "FILE", description = "The file; - is standard input.")
    private String file = "";

    @Option(
            names = "--as",
            paramLabel = "FORMAT",
            description = "csv, ndjson or raw. Default: by the file's name.")
    private @Nullable FileFormat format;

    @Option(
            names = "--key",
            split = ",",
            paramLabel = "COL",
            description = "Columns or fields that make the key.")
    private List<String> keys = new ArrayList<>();

    @Option(
            names = "--value",
            paramLabel = "COL",
            description = "Column or field that is the value.")
    private @Nullable String value;

    @Option(names = "--strings", description = "CSV: numbers stay strings in the JSON object.")
    private boolean strings;

    @Option(
            names = "--delimiter",
            paramLabel = "CHAR",
            description = "CSV: between cells; tab for a tab. Default: ,")
    private String delimiter = "";

    @Option(
            names = "--batch",
            paramLabel = "ROWS",
            description = "Rows written together. Default: ${DEFAULT-VALUE}.")
    private int batch = 1000;

    @Option(
            names = "--skip-bad",
            description = "Pass over bad rows; they are counted, and the first 20 named.")
    private boolean skipBad;

    @Option(
            names = "--json",
            description = "Print the summary as a JSON object on standard output.")
    private boolean json;

    ImportCommand(Env env) {
        super(env);
    }

    @Override
    boolean isLarge() {
        return true;
    }

    @Override
    void before() throws IOException {
        if (batch < 1 || batch > 1_000_000) {
            throw CliException.usage("--batch: expected 1 to 1000000 rows, got " + batch, "");
        }
        if (!file.equals("-") && !Files.isReadable(Path.of(file))) {
            throw CliException.userFile(
                    file
                            + (Files.exists(Path.of(file))
                                    ? ": permission denied"
                                    : ": there is no such file"),
                    "");
        }
        format();
    }

    private FileFormat format() {
        FileFormat found = format != null ? format : FileFormat.ofName(file);
        if (found == null) {
            throw CliException.usage(
                    "what " + file + " contains cannot be told from its name",
                    "Add --as csv, --as ndjson or --as raw.");
        }
        return found;
    }

    @Override
    int run(Jdb jdb) throws IOException {
        before(); // in the shell nobody called it
        long start = System.nanoTime();
        Table target = table.make(env, jdb);
        long size = file.equals("-") ? 0 : Files.size(Path.of(file));
        try (CountingInput counted =
                        new CountingInput(
                                file.equals("-") ? env.in : Files.newInputStream(Path.of(file)));
                ProgressBar bar = new ProgressBar(env, "importing", "rows", size);
                RowReader reader = reader(counted)) {
            Importer importer =
                    new Importer(
                            jdb, target, batch, skipBad, rows -> bar.at(rows, counted.count()));
            importer.run(reader, file);
            bar.wipe();
            report(importer, (System.nanoTime() - start) / 1e9);
        } catch (java.nio.file.FileSystemException e) {
            throw e;
        } catch (IOException e) {
            throw CliException.userFile(
                    file + ": " + e.getMessage(), "Rows before that are imported.");
        }
        return ExitCode.OK;
    }

    private RowReader reader(InputStream raw) throws IOException {
        InputStream in = unzipped(raw);
        try {
            return switch (format()) {
                case CSV ->
                        new CsvRows(
                                in, FileFormat.delimiter(delimiter, file), keys, value, strings);
                case NDJSON -> new NdjsonRows(in, keys, value);
                case RAW -> new DumpReader(new BufferedInputStream(in, 64 << 10));
            };
        } catch (IllegalArgumentException e) {
            throw CliException.usage(
                    file + ": " + e.getMessage(),
                    "Name columns as the file's first line has them.");
        }
    }

    /** The stream itself, or what is in it when it begins as gzip does. */
    private static InputStream unzipped(InputStream raw) throws IOException {
        BufferedInputStream in = new BufferedInputStream(raw, 64 << 10);
        in.mark(2);
        boolean gzip = in.read() == 0x1F && in.read() == 0x8B;
        in.reset();
        return gzip ? new GZIPInputStream(in, 64 << 10) : in;
    }

    private void report(Importer importer, double seconds) {
        for (BadRow row : importer.firstBad()) {
            env.err.println("jetdb: " + file + ", line " + row.line() + ": " + row.reason());
        }
        if (importer.bad() > importer.firstBad().size()) {
            env.err.println(
                    "jetdb: ... and "
                            + (importer.bad() - importer.firstBad().size())
                            + " more bad rows");
        }
        if (json) {
            env.out.line(
                    String.format(
                            Locale.ROOT,
                            "{\"rows\":%d,\"badRows\":%d,\"bytes\":%d,\"seconds\":%.3f}",
                            importer.rows(),
                            importer.bad(),
                            importer.bytes(),
                            seconds));
            return;
        }
        env.err.println(
                String.format(
                        Locale.ROOT,
                        "Imported %s (%,d bytes) into %s in %.2f s%s.",
                        Importer.rows(importer.rows()),
                        importer.bytes(),
                        table.label(env),
                        seconds,
                        importer.bad() == 0
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        "; passed over %,d bad ones",
                                        importer.bad())));
    }
}
