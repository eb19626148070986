package site.js0.jdb.runtime;

import java.util.List;
import site.js0.jdb.api.Database;
import site.js0.jdb.api.Table;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Printable;

/** A namespace of tables of an {@link Engine}. */
final class KernelDatabase implements Database {
    private final Engine engine;
    private final byte[] name;

    KernelDatabase(Engine engine, byte[] name) {
        this.engine = engine;
        this.name = name.clone();
    }

    @Override
    public byte[] name() {
        return name.clone();
    }

    @Override
    public Table table(byte[] tableName) {
        engine.checkOpen();
        Bounds.name("table", tableName);
        return new KernelTable(
                engine, this, tableName, engine.catalog().findOrCreate(name, tableName));
    }

    @Override
    public Table existingTable(byte[] tableName) {
        engine.checkOpen();
        Bounds.name("table", tableName);
        int id = engine.catalog().find(name, tableName);
        if (id < 0) {
            throw new JdbException(
                    new JdbError.NotFound(
                            "table",
                            Printable.of(tableName) + " in database " + Printable.of(name)));
        }
        return new KernelTable(engine, this, tableName, id);
    }

    @Override
    public List<byte[]> tableNames() {
        engine.checkOpen();
        return engine.catalog().tableNames(name);
    }
}
