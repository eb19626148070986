package site.js0.jdb.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Jdb;
import site.js0.jdb.api.Table;

/** Options that name a table. */
final class TableArgs {
    static final String DATABASE = "main";
    static final String TABLE = "default";

    @Option(
            names = {"-D", "--database"},
            paramLabel = "NAME",
            description = "Database (namespace) of the table. Default: main.")
    private @Nullable String database;

    @Option(
            names = {"-t", "--table"},
            paramLabel = "NAME",
            description = "The table. Default: default.")
    private @Nullable String table;

    /** The table; made when it is not there. */
    Table make(Env env, Jdb jdb) {
        return database(env, jdb).table(Arguments.bytes("--table", tableName(env)));
    }

    /** The table; an error when it is not there. */
    Table existing(Env env, Jdb jdb) {
        return database(env, jdb).existingTable(Arguments.bytes("--table", tableName(env)));
    }

    /** The table as it was named, for messages. */
    String label(Env env) {
        return databaseName(env) + "/" + tableName(env);
    }

    private Database database(Env env, Jdb jdb) {
        return jdb.database(Arguments.bytes("--database", databaseName(env)));
    }

    private String databaseName(Env env) {
        return database != null ? database : env.session != null ? env.session.database : DATABASE;
    }

    private String tableName(Env env) {
        return table != null ? table : env.session != null ? env.session.table : TABLE;
    }
}
