package site.js0.jdb.vlog;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.fs.Directory;
import site.js0.jdb.fs.FileRole;
import site.js0.jdb.fs.IoDriver;
import site.js0.jdb.fs.IoFile;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.OpenMode;
import site.js0.jdb.layout.Checksum;
import site.js0.jdb.layout.ValueFileHeader;

/** Finds the files of a value log at open and reads their headers; waits for its reads. */
final class VlogCatalog {
    private static final int COMPLETIONS_PER_POLL = 64;

    private final IoDriver io;
    private final VlogConfig config;
    private final BufferSlab slab;

    private VlogCatalog(IoDriver io, VlogConfig config, BufferSlab slab) {
        this.io = io;
        this.config = config;
        this.slab = slab;
    }

    /**
     * All files, by id. A file whose header is not intact is among them: nothing in it was ever
     * durable, unless it is damaged; a pointer into it will tell.
     *
     * @throws JdbException NotADatabase, NewerFormat, or Corrupt for a header of another database
     */
    static List<ValueFile> read(IoDriver io, VlogConfig config, BufferSlab slab) {
        VlogCatalog catalog = new VlogCatalog(io, config, slab);
        List<ValueFile> files = new ArrayList<>();
        for (Directory.Entry entry : io.directory().ls(config.directory())) {
            if (!entry.name().startsWith(ValueFileName.PREFIX)) {
                continue;
            }
            int id = ValueFileName.parse(entry.name());
            if (id == 0 || entry.kind() != Directory.EntryKind.FILE) {
                throw new JdbException(
                        new JdbError.NotADatabase(
                                config.directory().toString(),
                                "value log files to be regular ones named vlog-<8 hex digits>",
                                entry.name() + " (" + entry.kind() + ")"));
            }
            files.add(catalog.file(id));
        }
        files.sort(Comparator.comparingInt(f -> f.id));
        return files;
    }

    private ValueFile file(int id) {
        Path path = ValueFileName.path(config.directory(), id);
        long bytes = io.directory().size(path);
        boolean intact = bytes >= ValueFileHeader.BYTES && headerHolds(path, id);
        int salt = ValueFileHeader.salt(config.dbIdHigh(), config.dbIdLow(), config.vnode(), id);
        return new ValueFile(id, path, salt, 0, bytes, intact);
    }

    private boolean headerHolds(Path path, int id) {
        int buffer = slab.acquire();
        assert buffer != BufferSlab.NONE : "value logs are opened before they are used";
        try (IoFile file = io.open(path, OpenMode.READ, FileRole.VALUES)) {
            Block read = new Block();
            read.prepareRead(file, 0, slab.memory(), buffer, ValueFileHeader.BYTES);
            io.enqueue(read);
            while (!read.arrived) {
                io.submit();
                if (io.poll(COMPLETIONS_PER_POLL) == 0) {
                    io.await(-1);
                }
            }
            if (!read.succeeded()) {
                throw read.failure();
            }
            return check(path, id, buffer);
        } finally {
            slab.release(buffer);
        }
    }

    private boolean check(Path path, int id, int buffer) {
        var header = slab.memory().asSlice(buffer, ValueFileHeader.BYTES);
        if (!ValueFileHeader.intact(header, new Checksum(header))) {
            return false;
        }
        int format = ValueFileHeader.format(header);
        if (format > ValueFileHeader.FORMAT) {
            throw new JdbException(
                    new JdbError.NewerFormat(path.toString(), format, ValueFileHeader.FORMAT));
        }
        if (ValueFileHeader.dbIdHigh(header) != config.dbIdHigh()
                || ValueFileHeader.dbIdLow(header) != config.dbIdLow()
                || ValueFileHeader.vnode(header) != config.vnode()) {
            throw corrupt(path, 16, "the file belongs to another database or VNode");
        }
        if (ValueFileHeader.fileId(header) != id) {
            throw corrupt(path, 36, "the header is that of file " + ValueFileHeader.fileId(header));
        }
        if (format == 0 || !ValueFileHeader.reservedIsZero(header)) {
            throw corrupt(path, 12, "the header has impossible numbers");
        }
        return true;
    }

    private static JdbException corrupt(Path path, long offset, String rule) {
        return new JdbException(new JdbError.Corrupt(path.toString(), offset, rule));
    }

    private static final class Block extends IoOp {
        private boolean arrived;

        @Override
        protected void completed() {
            arrived = true;
        }
    }
}
