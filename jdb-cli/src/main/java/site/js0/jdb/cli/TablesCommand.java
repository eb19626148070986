package site.js0.jdb.cli;

import java.io.ByteArrayOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.ScanRange;
import site.js0.jdb.cli.data.Json;
import site.js0.jdb.cli.text.ByteText;
import tools.jackson.core.JsonGenerator;

/** Lists databases and tables. */
@Command(
        name = "tables",
        header = "List databases and their tables.",
        description = {"", "Prints the database's name, a tab and the table's, in order.", ""},
        footerHeading = "%nExamples:%n",
        footer = {
            "  jetdb tables",
            "  jetdb tables --count   with the number of rows, which are counted",
            "  jetdb tables --json",
        })
final class TablesCommand extends DbCommand {
    @Option(names = "--count", description = "Count the rows of each.")
    private boolean count;

    @Option(names = "--json", description = "Print JSON, one object a line.")
    private boolean json;

    TablesCommand(Env env) {
        super(env);
    }

    @Override
    int run(Jdb jdb) {
        for (byte[] name : jdb.databaseNames()) {
            Database database = jdb.database(name);
            for (byte[] table : database.tableNames()) {
                long rows =
                        count
                                ? CountCommand.count(
                                        env, database.existingTable(table), ScanRange.all())
                                : -1;
                print(name, table, rows);
            }
        }
        return ExitCode.OK;
    }

    private void print(byte[] database, byte[] table, long rows) {
        if (!json) {
            env.out.line(
                    ByteText.encodeText(database)
                            + "\t"
                            + ByteText.encodeText(table)
                            + (rows < 0 ? "" : "\t" + rows));
            return;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator out = Json.generator(line)) {
            out.writeStartObject();
            out.writeStringProperty("database", ByteText.encodeForJson(database));
            out.writeStringProperty("table", ByteText.encodeForJson(table));
            if (rows >= 0) {
                out.writeNumberProperty("rows", rows);
            }
            out.writeEndObject();
        }
        line.write('\n');
        env.out.write(line.toByteArray());
    }
}
