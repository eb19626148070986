package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * Sees to it that a log segment lies in the page cache in single pages. Blocking; any thread.
 *
 * <p>The kernel keeps dirtiness per folio: where a file came into the cache by writes or read-ahead
 * of 1 MiB, it lies there in folios of up to 1 MiB, and one 128-byte store plus fdatasync then
 * writes 1 MiB (measured: 800 us instead of 190, Linux 6.18, ext4). Folios keep their size as long
 * as they stay in the cache, so their size is decided when they come in: each {@code pwrite} of
 * exactly one page makes a folio of one page. 16 MiB of them cost some 5 ms more than large writes
 * do.
 *
 * <p>The kernel does not tell a file's folio sizes. So this class remembers which segments this
 * process has written in pages; they are recycled as they are. Any other existing segment (after a
 * restart, when replay has read it ahead) is dropped from the cache and read again with
 * POSIX_FADV_RANDOM, under which even a read of 1 MiB makes folios of one page (mm/readahead.c,
 * force_page_cache_ra): 34 ms for 16 MiB.
 */
final class SmallFolios {
    private record FileKey(long device, long inode) {}

    /** Beyond this many the memory starts anew; forgetting costs one rewrite of a segment. */
    private static final int REMEMBERED_MAX = 4096;

    private static final Set<FileKey> REMEMBERED = new HashSet<>();

    private SmallFolios() {}

    /** Notes that the file was just written in single pages. */
    static void remember(Statx stat) {
        synchronized (REMEMBERED) {
            if (REMEMBERED.size() >= REMEMBERED_MAX) {
                REMEMBERED.clear();
            }
            REMEMBERED.add(new FileKey(stat.device(), stat.inode()));
        }
    }

    private static boolean remembers(Statx stat) {
        synchronized (REMEMBERED) {
            return REMEMBERED.contains(new FileKey(stat.device(), stat.inode()));
        }
    }

    /**
     * Brings an existing segment into single pages, bytes unchanged; nothing to do for one that
     * this process wrote.
     */
    static void recycle(int fd, Path path, Statx stat) {
        if (remembers(stat)) {
            return;
        }
        long bytes = stat.sizeBytes();
        Fd.syncData(fd, path); // what is dirty can't be dropped
        Fd.advise(fd, path, bytes, Fd.POSIX_FADV_RANDOM);
        Fd.advise(fd, path, bytes, Fd.POSIX_FADV_DONTNEED);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(Math.min(bytes, Fd.PIECE_BYTES), Fd.PAGE_BYTES);
            for (long at = 0; at < bytes; at += Fd.PIECE_BYTES) {
                Fd.readFully(fd, path, at, piece, 0, (int) Math.min(Fd.PIECE_BYTES, bytes - at));
            }
        }
        remember(stat);
    }
}
