package site.js0.jdb.tablet;

import java.lang.foreign.MemorySegment;
import java.util.List;
import site.js0.jdb.page.BufferPool;
import site.js0.jdb.wal.Wal;

/** The parts of a shard's store after recovery. */
record Recovered(
        BufferPool pool,
        Wal wal,
        List<Tablet> tablets,
        MemorySegment scratch,
        MemorySegment searchKey,
        MemorySegment scanKeys) {}
