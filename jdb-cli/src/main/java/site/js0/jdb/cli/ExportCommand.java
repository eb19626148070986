package site.js0.jdb.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Scan;
import site.js0.jdb.api.Table;
import site.js0.jdb.cli.data.BadRow;
import site.js0.jdb.cli.data.CsvPairs;
import site.js0.jdb.cli.data.DumpWriter;
import site.js0.jdb.cli.data.NdjsonWriter;
import site.js0.jdb.cli.data.ObjectWriter;
import site.js0.jdb.cli.data.RowWriter;
import site.js0.jdb.cli.text.ByteText;

/** Writes a table, or a range of it, to a file. */
@Command(
        name = "export",
        header = "Write a table to a CSV, NDJSON or raw dump file.",
        description = {
            "",
            "Without --rows every key and value is kept exactly, whatever its bytes, and 'jetdb import' brings it back:"
                    + " CSV has the columns key and value, NDJSON objects with key and value, raw is a binary format"
                    + " with checksums (docs/format/dump.md).",
            "With --rows the values must be JSON objects, as imports with --key make them, and become the rows that"
                    + " they were: a column or field for each of theirs. Keys are not written then.",
            "",
            "The state at one moment is written. A file whose name ends in .gz is gzipped. A file that exists is not"
                    + " overwritten without --force; one that could not be finished is removed.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb export backup.dump -t people             everything, exactly",
            "  jetdb export people.csv.gz -t people --rows    as the CSV file it came from",
            "  jetdb export - --as ndjson | jq .key           to standard output",
            "  jetdb export hot.csv --rows --columns date,temp_max -p cols:Seattle,2015",
        })
final class ExportCommand extends DbCommand {
    private static final int ROWS_PER_REPORT = 1024;

    @Mixin private TableArgs table = new TableArgs();

    @Mixin private RangeArgs range = new RangeArgs();

    @Parameters(paramLabel = "FILE", description = "The file to write; - is standard output.")
    private String file = "";

    @Option(
            names = "--as",
            paramLabel = "FORMAT",
            description = "csv, ndjson or raw. Default: by the file's name.")
    private @Nullable FileFormat format;

    @Option(names = "--rows", description = "Values are JSON objects: write them as rows.")
    private boolean rows;

    @Option(
            names = "--columns",
            split = ",",
            paramLabel = "COL",
            description =
                    "CSV with --rows: the columns, in order. Default: the fields of the first row.")
    private List<String> columns = new ArrayList<>();

    @Option(
            names = "--delimiter",
            paramLabel = "CHAR",
            description = "CSV: between cells; tab for a tab. Default: ,")
    private String delimiter = "";

    @Option(
            names = "--skip-bad",
            description = "With --rows: pass over values that are no such objects.")
    private boolean skipBad;

    @Option(names = "--force", description = "Overwrite a file that exists.")
    private boolean force;

    ExportCommand(Env env) {
        super(env);
    }

    @Override
    void before() {
        if (!columns.isEmpty() && !rows) {
            throw CliException.usage(
                    "--columns needs --rows", "Without --rows the columns are key and value.");
        }
        if (rows && format() == FileFormat.RAW) {
            throw CliException.usage(
                    "--rows is for csv and ndjson; a raw dump always has keys and values", "");
        }
        if (!file.equals("-") && !force && Files.exists(Path.of(file))) {
            throw exists();
        }
    }

    private CliException exists() {
        return CliException.userFile(
                file + ": there is such a file already",
                "Choose another name, or add --force to overwrite it.");
    }

    private FileFormat format() {
        FileFormat found = format != null ? format : FileFormat.ofName(file);
        if (found == null) {
            throw CliException.usage(
                    "which format "
                            + (file.equals("-") ? "to write" : file + " should have")
                            + " cannot be told",
                    "Add --as csv, --as ndjson or --as raw.");
        }
        return found;
    }

    @Override
    int run(Jdb jdb) throws IOException {
        before(); // in the shell nobody called it
        Table source = table.existing(env, jdb);
        if (file.equals("-")) {
            write(source, env.out);
            return ExitCode.OK;
        }
        Path path = Path.of(file);
        OutputStream opened;
        try {
            opened =
                    force
                            ? Files.newOutputStream(path)
                            : Files.newOutputStream(
                                    path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException e) {
            throw exists();
        }
        boolean done = false;
        try (OutputStream out = opened) {
            write(source, out);
            done = true;
        } finally {
            if (!done) {
                Files.deleteIfExists(path);
            }
        }
        return ExitCode.OK;
    }

    private void write(Table source, OutputStream target) throws IOException {
        long start = System.nanoTime();
        OutputStream out = new BufferedOutputStream(target, 64 << 10);
        GZIPOutputStream gzip = file.endsWith(".gz") ? new GZIPOutputStream(out, 64 << 10) : null;
        long written = 0;
        long bad = 0;
        try (ProgressBar bar = new ProgressBar(env, "exporting", "rows", 0);
                Scan scan = source.scan(range.range())) {
            RowWriter writer =
                    writer(gzip == null ? out : new BufferedOutputStream(gzip, 64 << 10));
            while (scan.next()) {
                byte[] key = scan.key();
                try {
                    writer.write(key, scan.value());
                    written++;
                } catch (BadRow e) {
                    bad++;
                    meet(e, key);
                }
                if ((written + bad) % ROWS_PER_REPORT == 0) {
                    bar.at(written);
                }
            }
            writer.finish();
        }
        if (gzip != null) {
            gzip.finish();
        }
        out.flush();
        env.err.println(
                String.format(
                        Locale.ROOT,
                        "Exported %s of %s in %.2f s%s.",
                        Importer.rows(written),
                        table.label(env),
                        (System.nanoTime() - start) / 1e9,
                        bad == 0 ? "" : String.format(Locale.ROOT, "; passed over %,d", bad)));
    }

    private void meet(BadRow row, byte[] key) {
        String message = "key " + ByteText.encodeText(key) + ": " + row.reason();
        if (!skipBad) {
            throw CliException.userFile(message, "Add --skip-bad to pass over such rows.");
        }
        env.err.println("jetdb: " + message);
    }

    private RowWriter writer(OutputStream out) throws IOException {
        return switch (format()) {
            case CSV -> {
                char between = FileFormat.delimiter(delimiter, file);
                yield rows ? ObjectWriter.csv(out, between, columns) : new CsvPairs(out, between);
            }
            case NDJSON -> rows ? ObjectWriter.ndjson(out) : new NdjsonWriter(out);
            case RAW -> new DumpWriter(out);
        };
    }
}
